import { EXIT, type ExitCode } from "../../core/errors/mod.ts";
import { rehearsePlan } from "../../core/reconcile/mod.ts";
import type { Context } from "../context/context.ts";
import { printJson } from "../format/json.ts";
import { planJson, printPlan } from "../format/plan.ts";
import { formatRehearsal, isAccepted } from "../format/rehearsal.ts";
import { type DisplayOptions, printLines } from "../terminal/display.ts";
import { type ApplyRequest, planApply, stateOf } from "./apply_file.ts";

/** Options of {@linkcode rehearse}. */
export interface RehearsalOptions extends DisplayOptions {
  /** Prints JSON. */
  readonly json?: true | undefined;
}

/**
 * Plans a target, makes the changes in a new network namespace, whose table is a copy of this one's, and prints the plan
 * and what the kernel refuses. The real table is only read.
 *
 * @returns 0 if the kernel accepts everything, or else 1.
 * @throws {LvsctlError} If the kernel cannot be read, or gives no namespace.
 */
export async function rehearse(
  context: Context,
  request: ApplyRequest,
  options: RehearsalOptions,
): Promise<ExitCode> {
  const plan = planApply(context, request);
  using kernel = await context.openRehearsal();
  const rehearsal = rehearsePlan(kernel, plan);
  if (options.json) printJson(context.io, planJson(plan, { state: stateOf(request, plan), dryRun: true, rehearsal }));
  else {
    printPlan(context.io, plan, options);
    printLines(context.io, formatRehearsal(rehearsal), options);
  }
  return isAccepted(rehearsal) ? EXIT.ok : EXIT.refused;
}
