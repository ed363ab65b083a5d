import { isEmptyPlan, planSize } from "../../core/reconcile/mod.ts";
import type { Context } from "../context/context.ts";
import { printJson } from "../format/json.ts";
import { formatPlan, planJson } from "../format/plan.ts";
import { apply, type ApplyRequest, planApply, stateOf } from "./apply_file.ts";
import { JournaledChange } from "./journaled_change.ts";

/** Options of {@linkcode applyWithConfirmation}. */
export interface ConfirmationOptions {
  /** The operation's name in the journal. */
  readonly operation: "apply" | "undo";
  /** How long to wait for another lvsctl that holds the lock; milliseconds. */
  readonly lockTimeoutMs?: number | undefined;
  /** The journal entry that is undone. */
  readonly undoes?: string | undefined;
  /** Prints the plan without applying it. */
  readonly dryRun?: true | undefined;
  /** Applies without confirmation. */
  readonly yes?: true | undefined;
  /** Prints JSON. */
  readonly json?: true | undefined;
}

/**
 * Applies a target and prints the changes; on a terminal it prints the plan first and asks for confirmation.
 *
 * @throws {LvsctlError} If the target was not applied; the message names the state of the table.
 */
export async function applyWithConfirmation(
  context: Context,
  request: ApplyRequest,
  options: ConfirmationOptions,
): Promise<void> {
  const { io } = context;
  const { operation, lockTimeoutMs, undoes } = options;
  const needsConfirmation = io.interactive && !options.yes && !options.dryRun;
  let { ifUnchanged } = request;
  if (options.dryRun || needsConfirmation) {
    const plan = planApply(request);
    const state = stateOf(request, plan);
    if (options.dryRun || isEmptyPlan(plan)) {
      if (options.json) printJson(io, planJson(plan, { state, dryRun: options.dryRun ?? false }));
      else io.out(formatPlan(plan));
      return;
    }
    // The lock is not held meanwhile: the answer may take as long as lunch.
    io.err(formatPlan(plan));
    if (!io.confirm(`Make these ${planSize(plan)} changes?`)) {
      io.err("lvsctl: nothing was changed\n");
      return;
    }
    ifUnchanged = state;
  }
  using change = new JournaledChange(context, { operation, lockTimeoutMs, undoes });
  const plan = await apply(context, { ...request, ifUnchanged }, { change });
  if (options.json) printJson(io, planJson(plan, { state: stateOf(request, plan), dryRun: false }));
  else if (!needsConfirmation) io.out(formatPlan(plan));
}
