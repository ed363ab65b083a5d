import { formatDesiredState, readCanonical } from "../../core/config/mod.ts";
import { EXIT, LvsctlError } from "../../core/errors/mod.ts";
import { readFileStart } from "../../core/files/mod.ts";
import { exactFieldsOf, itemsOf, textOf } from "../../core/json/mod.ts";
import {
  defined,
  type DesiredState,
  formatLabels,
  LABEL,
  type Labels,
  parseLabels,
  visible,
} from "../../core/model/mod.ts";
import { CHANGE_KINDS, type ChangeKind } from "../../core/reconcile/mod.ts";
import type { Context } from "../context/context.ts";
import { withLabels } from "../context/surroundings.ts";
import { PLAN_START } from "./plan_mark.ts";
import { readDesiredTable } from "./read_table.ts";

/** The version of the format. */
const VERSION = 1;

/** The options of a plan, which its apply uses again. */
export interface PlanOptions {
  /** Whether services that the file does not name are deleted. */
  readonly prune?: true | undefined;
  /** Whether existing servers keep their weights. */
  readonly keepWeights?: true | undefined;
  /** The kinds of changes; all by default. */
  readonly only?: ReadonlySet<ChangeKind> | undefined;
  /** How long connections of deleted servers may take to end; milliseconds. */
  readonly drainMs: number;
  /** The labels of the command line, by which the file was read. */
  readonly label?: Labels | undefined;
}

/** A plan that waits in a file until it is applied. */
export interface SavedPlan {
  /** The path of the configuration file; undefined for standard input. */
  readonly file: string | undefined;
  /** The desired state of that file. */
  readonly desired: DesiredState;
  /** The digest of the kernel's state that it was made from. */
  readonly state: string;
  /** The digest of its changes. */
  readonly changes: string;
  /** Its options. */
  readonly options: PlanOptions;
}

/** The members of the file. */
const MEMBERS = ["lvsctl_plan", "made", "file", "state", "changes", "options", "parts", "desired"] as const;

/** The parts of a desired state that it may leave unchanged. */
const PARTS = ["timeouts", "syncDaemons", "vips"] as const;

/** Whether a path has no file, or one that {@linkcode formatPlanFile} wrote. */
export async function isReplaceablePlan(path: string): Promise<boolean> {
  const start = await readFileStart(path, { maxBytes: PLAN_START.length });
  if (start !== undefined) return new TextDecoder().decode(start) === PLAN_START;
  try {
    Deno.lstatSync(path);
    return false;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return true;
    throw error;
  }
}

/**
 * Writes a plan as text.
 *
 * @throws {LvsctlError} If it has a value that no file of lvsctl can have.
 */
export function formatPlanFile({ file, desired, state, changes, options }: SavedPlan, made: Date): string {
  const { prune = false, keepWeights = false, only, drainMs, label } = options;
  const text = formatDesiredState(desired);
  if (readCanonical(text) === undefined) {
    throw new LvsctlError("the file has a value that a saved plan cannot have", {
      operation: "save",
      object: "the plan",
      hint: "apply the file itself",
      exitCode: EXIT.usage,
    });
  }
  const stored = {
    "lvsctl_plan": VERSION,
    made: made.toISOString(),
    file: file ?? null,
    state,
    changes,
    options: {
      prune,
      keep_weights: keepWeights,
      only: only === undefined ? null : [...only],
      drain_ms: drainMs,
      labels: label === undefined ? [] : formatLabels(label),
    },
    parts: PARTS.filter((part) => desired[part] !== undefined),
    desired: text,
  };
  return `${JSON.stringify(stored, null, 2)}\n`;
}

/**
 * Parses a saved plan. Every value is checked, because a plan comes from elsewhere.
 *
 * @param text The whole file.
 * @param path Its path, for messages; "-" is standard input.
 * @throws {LvsctlError} If it is not a plan of this version.
 */
export function parsePlanFile(text: string, path: string): SavedPlan {
  const refusal = (reason: string, hint: string): LvsctlError =>
    new LvsctlError(reason, {
      operation: "read the plan",
      object: path === "-" ? "<stdin>" : visible(path),
      hint,
      exitCode: EXIT.usage,
    });
  const stored = exactFieldsOf(parseJson(text), MEMBERS);
  const version = stored?.["lvsctl_plan"];
  if (typeof version === "number" && version !== VERSION) {
    throw refusal("another version of lvsctl wrote it", "plan again with this version");
  }
  const plan = stored === undefined || version !== VERSION ? undefined : planOf(stored);
  if (plan !== undefined) return plan;
  throw refusal("it is not a plan that lvsctl plan --out wrote", 'write one with "lvsctl plan FILE --out PLAN"');
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof RangeError) return undefined;
    throw error;
  }
}

function planOf(stored: Readonly<Record<string, unknown>>): SavedPlan | undefined {
  const { file, parts } = stored;
  const [state, changes] = [digestOf(stored["state"]), digestOf(stored["changes"])];
  const options = optionsOf(stored["options"]);
  const whole = readCanonical(textOf(stored["desired"]) ?? "");
  if (state === undefined || changes === undefined || options === undefined || whole === undefined) return undefined;
  if (file !== null && !isPath(file) || !Array.isArray(parts)) return undefined;
  if (!parts.every((part) => PARTS.some((known) => known === part))) return undefined;
  const { timeouts, syncDaemons, vips, services } = whole;
  const desired = defined({
    services,
    timeouts: parts.includes("timeouts") ? timeouts : undefined,
    syncDaemons: parts.includes("syncDaemons") ? syncDaemons : undefined,
    vips: parts.includes("vips") ? vips ?? [] : undefined,
  });
  return { file: file ?? undefined, desired, state, changes, options };
}

function digestOf(value: unknown): string | undefined {
  return typeof value === "string" && /^[0-9a-f]{16}$/.test(value) ? value : undefined;
}

function isPath(value: unknown): value is string {
  return typeof value === "string" && value.startsWith("/") && !value.includes("\0");
}

/** The longest drain of a plan; milliseconds. */
const MAX_DRAIN_MS = 365 * 86_400_000;

function optionsOf(value: unknown): PlanOptions | undefined {
  const options = exactFieldsOf(value, ["prune", "keep_weights", "only", "drain_ms", "labels"]);
  if (options === undefined) return undefined;
  const { prune, keep_weights: keepWeights, only, drain_ms: drainMs, labels } = options;
  if (typeof prune !== "boolean" || typeof keepWeights !== "boolean") return undefined;
  if (typeof drainMs !== "number" || !Number.isSafeInteger(drainMs) || drainMs < 0 || drainMs > MAX_DRAIN_MS) {
    return undefined;
  }
  const kinds = itemsOf(only).flatMap((item) => CHANGE_KINDS.filter((kind) => kind === item));
  const texts = itemsOf(labels).flatMap((label) => typeof label === "string" && LABEL.test(label) ? [label] : []);
  if (!Array.isArray(labels) || texts.length !== labels.length) return undefined;
  if (only !== null && (!Array.isArray(only) || kinds.length !== only.length)) return undefined;
  return {
    prune: prune || undefined,
    keepWeights: keepWeights || undefined,
    only: only === null ? undefined : new Set(kinds),
    drainMs,
    label: texts.length === 0 ? undefined : parseLabels(texts),
  };
}

/**
 * Refuses a plan whose configuration file has changed since the plan was made, or that was edited.
 *
 * @throws {LvsctlError} If it has changed, or cannot be read.
 */
export async function refuseChangedFile(context: Context, { file, desired, options }: SavedPlan): Promise<void> {
  if (file === undefined) return;
  if (context.surroundings.files.kindOf(file) === "missing") throw changedFile(file, "no longer exists");
  const now = await readDesiredTable(withLabels(context, options.label), file);
  const isSame = PARTS.every((part) => (now[part] === undefined) === (desired[part] === undefined)) &&
    formatDesiredState(now) === formatDesiredState(desired);
  if (!isSame) throw changedFile(file, "or the plan itself has changed since the plan was made");
}

function changedFile(file: string, what: string): LvsctlError {
  return new LvsctlError(`${visible(file)} ${what}`, {
    operation: "apply",
    object: "the plan",
    hint: "nothing was changed; plan again",
    exitCode: EXIT.refused,
  });
}
