import { type Change, describeChange, describeVipChange, type VipChange } from "../../core/model/mod.ts";
import {
  CurrentState,
  type Difference,
  isEmptyPlan,
  type Plan,
  planSize,
  type Rehearsal,
  vipDifferences,
} from "../../core/reconcile/mod.ts";
import { type DisplayIo, outWidth, printLines, type PrintOptions } from "../terminal/display.ts";
import type { Line } from "../terminal/line.ts";
import { count } from "./count.ts";
import { formatChange, formatChangeLine, signOf } from "./changes.ts";
import { changeJson, type Json } from "./json.ts";
import { changesJson } from "./printed_change.ts";
import { rehearsalJson } from "./rehearsal.ts";
import { printedVipChange } from "./vips.ts";

/** The number of changes of each kind. */
export type PlanCounts = Readonly<Record<"add" | "edit" | "delete", number>>;

/** Options of {@linkcode formatPlan}. */
export interface PlanFormat {
  /** The largest width of a line; a wider one continues on the next. Undefined for any. */
  readonly width?: number | undefined;
  /**
   * The most steps that have a line of their own.
   *
   * @default {Infinity}
   */
  readonly mostSteps?: number | undefined;
}

/**
 * A plan in lines: its steps in order, "+" adds, "~" edits, "-" deletes; then their numbers. Each line is made when it is
 * taken: a plan may have a hundred thousand steps.
 */
export function* formatPlan(
  plan: Plan,
  { width, mostSteps = Infinity }: PlanFormat = {},
): Generator<Line, void, undefined> {
  if (isEmptyPlan(plan)) {
    yield "Nothing to change";
    return;
  }
  let left = mostSteps;
  for (const step of stepLines(plan)) {
    if (left-- <= 0) {
      yield `... and ${count(planSize(plan) - mostSteps, "more step")}`;
      break;
    }
    yield* formatChangeLine(step, { width });
  }
  yield* formatChangeLine(formatCounts(plan), { width });
}

function* stepLines({ vips, changes, before }: Plan): Generator<string, void, undefined> {
  const state = new CurrentState(before);
  for (const change of vips.first) yield vipLine(change);
  for (const change of changes) yield changeLine(change, state);
  for (const change of vips.last) yield vipLine(change);
}

/** Options of {@linkcode printPlan}. */
export interface PrintedPlanOptions extends PrintOptions, Pick<PlanFormat, "mostSteps"> {}

/** Prints a plan, as {@linkcode formatPlan} formats it. */
export function printPlan(io: DisplayIo, plan: Plan, options: PrintedPlanOptions = {}): void {
  const { mostSteps } = options;
  printLines(io, formatPlan(plan, { width: outWidth(io, options), mostSteps }), options);
}

/** The numbers of steps: "2 to add, 1 to edit, 0 to delete". */
function formatCounts(plan: Plan): string {
  const { add, edit, delete: deletions } = planCounts(plan);
  return `${add} to add, ${edit} to edit, ${deletions} to delete`;
}

/**
 * A plan as JSON.
 *
 * @param plan The plan.
 * @param about.state The digest of the kernel's state, for `--if-unchanged`.
 * @param about.dryRun Whether the plan is not applied.
 * @param about.rehearsal What the kernel says to it, if it was rehearsed.
 */
export function planJson(
  plan: Plan,
  about: { readonly state: string; readonly dryRun: boolean; readonly rehearsal?: Rehearsal },
): { readonly [key: string]: Json } {
  const { add, edit, delete: deletions } = planCounts(plan);
  return changesJson(planChangesJson(plan).map((json) => ({ json })), {
    dryRun: about.dryRun,
    facts: {
      state: about.state,
      summary: { add, edit, delete: deletions },
      ...about.rehearsal === undefined ? {} : { rehearsal: rehearsalJson(about.rehearsal) },
    },
  });
}

/** The changes of a plan as JSON, each with its differences. */
export function planChangesJson(plan: Plan): readonly Json[] {
  const before = new CurrentState(plan.before);
  return [
    ...plan.vips.first.map((change) => printedVipChange(change).json),
    ...plan.changes.map((change) => changeJson(change, { before })),
    ...plan.vips.last.map((change) => printedVipChange(change).json),
  ];
}

/** The numbers of steps of a plan. */
export function planCounts({ changes, vips }: Plan): PlanCounts {
  const numbers = { "+": 0, "~": 0, "-": 0 };
  for (const steps of [changes, vips.first, vips.last]) for (const { operation } of steps) numbers[signOf(operation)]++;
  return { add: numbers["+"], edit: numbers["~"], delete: numbers["-"] };
}

/** An edit shows the old and the new value of each field. */
function changeLine(change: Change, state: CurrentState): string {
  if (!/^(edit|set)/.test(change.operation)) return formatChange(change);
  return editLine(describeChange(change), state.differences(change));
}

function vipLine(change: VipChange): string {
  if (change.operation !== "editVip") return printedVipChange(change).line;
  return editLine(describeVipChange(change), vipDifferences(change));
}

function editLine(
  { verb, object }: { readonly verb: string; readonly object: string },
  differences: readonly Difference[],
): string {
  const edits = differences.map(({ field, current, wanted }) => `${field} ${current ?? "none"} -> ${wanted ?? "none"}`);
  return `~ ${[verb, object].filter((word) => word !== "").join(" ")}: ${edits.join(", ")}`;
}
