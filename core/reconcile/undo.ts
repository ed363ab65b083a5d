import { EXIT, LvsctlError } from "../errors/mod.ts";
import { formatServiceId } from "../model/mod.ts";
import { executeAll } from "./execute.ts";
import { describeFirstChange, isEmptyPlan, type Plan, planFrom, type PlannedChanges, planSize } from "./plan.ts";
import { ownedVips } from "./plan_vips.ts";
import { readScope, type Scope } from "./scope.ts";
import type { Target } from "./target.ts";

/**
 * Restores the state before a plan that failed.
 *
 * @param options.failure Why the plan failed.
 * @returns The failure, with the state that the table is in now.
 */
export function undoPlan(
  scope: Scope,
  plan: Plan,
  { failure }: { readonly failure: LvsctlError },
): LvsctlError {
  const planBack = backPlanner(scope, plan);
  try {
    const back = planBack();
    const { errors: [first], remaining } = executeAll(scope, back);
    if (first !== undefined) {
      const state = `undoing failed too in ${remaining} of ${planSize(back)} steps, first: ${first.message}`;
      return withState(failure, { state, exitCode: EXIT.partial });
    }
    const difference = isEmptyPlan(back) ? undefined : describeFirstChange(planBack());
    if (difference === undefined) {
      return withState(failure, { state: "the table is as it was before", exitCode: failure.exitCode });
    }
    const state = `it was undone, but still to do is to ${difference}`;
    return withState(failure, { state, exitCode: EXIT.partial });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return withState(failure, { state: `it could not be undone: ${reason}`, exitCode: EXIT.partial });
  }
}

/** Plans from the kernel's state at the time of the call to the one before the plan. */
function backPlanner(scope: Scope, { before, target }: Plan): () => PlannedChanges {
  // Services that the failed plan added are deleted again; others that appeared since then are not touched.
  const affected = new Set([...before.services, ...target.services].map(({ service }) => formatServiceId(service.id)));
  const { vips, ...table } = before;
  const back: Target = { ...table, vips: vips === undefined ? undefined : ownedVips(vips), exact: true };
  return () => {
    const now = readScope(scope);
    const services = now.services.filter(({ service }) => affected.has(formatServiceId(service.id)));
    return planFrom({ ...now, services }, back);
  };
}

function withState(
  failure: LvsctlError,
  outcome: { readonly state: string; readonly exitCode: LvsctlError["exitCode"] },
): LvsctlError {
  const { reason, operation, object, errno, hint, retriable } = failure;
  return new LvsctlError(reason, {
    operation,
    object,
    errno,
    hint: hint === undefined ? outcome.state : `${hint}; ${outcome.state}`,
    exitCode: outcome.exitCode,
    retriable,
    cause: failure,
  });
}
