import { describeLosses, isEmptyPlan, lossesOf, type Plan, planSize } from "../../core/reconcile/mod.ts";
import { canAsk, type ConsentRequest, consents } from "../context/consent.ts";
import type { Context } from "../context/context.ts";
import { count } from "../format/count.ts";
import { printJson } from "../format/json.ts";
import { formatPlan, planJson, printPlan } from "../format/plan.ts";
import { type DisplayOptions, isColored } from "../terminal/display.ts";
import { plainText } from "../terminal/line.ts";
import { paintedLine } from "../terminal/paint.ts";
import { apply, type ApplyRequest, planApply, stateOf } from "./apply_file.ts";
import { JournaledChange } from "./journaled_change.ts";

/**
 * The most steps that are printed once they are done: a boot script's log is no place for a hundred thousand lines. A
 * plan that is shown before it is applied is shown whole, and `--verbose` prints all.
 */
const MOST_PRINTED_STEPS = 1000;

/** Options of {@linkcode applyWithConfirmation}. */
export interface ConfirmationOptions extends DisplayOptions {
  /** The operation's name in the journal. */
  readonly operation: "apply" | "restore" | "batch" | "undo";
  /** How long to wait for another lvsctl that holds the lock; milliseconds. */
  readonly lockTimeoutMs?: number | undefined;
  /** The journal entry that is undone. */
  readonly undoes?: string | undefined;
  /** Prints the plan without applying it. */
  readonly dryRun?: true | undefined;
  /** Applies without confirmation. */
  readonly yes?: true | undefined;
  /** Whether a terminal is asked only if something is taken away; by default it is always asked. */
  readonly asksOnlyAboutLosses?: boolean | undefined;
  /** Prints JSON. */
  readonly json?: true | undefined;
}

/**
 * Applies a target and prints the changes; on a terminal it prints the plan first and asks for confirmation. Without a
 * terminal, a plan that takes something away needs `yes`.
 *
 * @returns Whether the answer was not no.
 * @throws {LvsctlError} If consent is missing, or the target was not applied; the message names the state of the table.
 */
export async function applyWithConfirmation(
  context: Context,
  request: ApplyRequest,
  options: ConfirmationOptions,
): Promise<boolean> {
  const { io } = context;
  const { operation, lockTimeoutMs, undoes } = options;
  const asks = !options.yes && !options.dryRun && canAsk(io);
  let { ifUnchanged } = request;
  let isShown = false;
  const terminal = {
    width: options.wide ? undefined : io.terminalSize?.()?.columns,
    isColored: isColored(io, { ...options, stream: "err" }),
  };
  if (options.dryRun || asks) {
    const plan = planApply(context, request, { isOnlyShown: options.dryRun === true });
    const state = stateOf(request, plan);
    if (options.dryRun || isEmptyPlan(plan)) {
      if (options.json) printJson(io, planJson(plan, { state, dryRun: options.dryRun ?? false }));
      else if (options.dryRun || io.verbosity !== "quiet") printPlan(io, plan, options);
      return true;
    }
    // The lock is not held meanwhile: the answer may take as long as lunch.
    const onShown = (): void => void (isShown = true);
    if (!consents(io, consentFor(plan, { ...options, ...terminal, onShown }))) return false;
    // What a user agreed to must be what is done; without a question, the plan is made anew.
    if (isShown) ifUnchanged = state;
  }
  using change = new JournaledChange(context, { operation, lockTimeoutMs, undoes });
  const plan = await apply(context, { ...request, ifUnchanged }, {
    change,
    onPlan: asks ? undefined : (planned) => void consents(io, consentFor(planned, { ...options, ...terminal })),
  });
  if (options.json) printJson(io, planJson(plan, { state: stateOf(request, plan), dryRun: false }));
  else if (!isShown && io.verbosity !== "quiet") {
    printPlan(io, plan, { ...options, mostSteps: io.verbosity === "verbose" ? undefined : MOST_PRINTED_STEPS });
  }
  return true;
}

function consentFor(
  plan: Plan,
  options: ConfirmationOptions & {
    readonly width: number | undefined;
    readonly isColored: boolean;
    readonly onShown?: () => void;
  },
): ConsentRequest {
  const { operation, yes, asksOnlyAboutLosses = false, onShown } = options;
  return {
    operation: operation === "batch" ? "run the batch" : operation,
    losses: () => describeLosses(lossesOf(plan)),
    asksAlways: !asksOnlyAboutLosses,
    plan: () => {
      onShown?.();
      const line = options.isColored ? paintedLine : plainText;
      return Array.from(formatPlan(plan, { width: options.width }), (one) => `${line(one)}\n`).join("");
    },
    question: () => planSize(plan) === 1 ? "Make this change?" : `Make these ${count(planSize(plan), "change")}?`,
    yes,
  };
}
