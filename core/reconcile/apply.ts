import { LvsctlError } from "../errors/mod.ts";
import { type AwaitedServer, partsOf } from "./execute.ts";
import type { Addresses, Kernel } from "./kernel.ts";
import { isEmptyPlan, type Plan, type PlannedChanges } from "./plan.ts";
import type { Scope } from "./scope.ts";
import { undoPlan } from "./undo.ts";
import { verifyPlan } from "./verify.ts";

/** Options of {@linkcode applyPlan}. */
export interface ApplyPlanOptions {
  /** The addresses of the interfaces; needed if the plan was made with them. */
  readonly addresses?: Addresses | undefined;
}

/** Options of {@linkcode applyPlanWithDrain}. */
export interface ApplyPlanWithDrainOptions extends ApplyPlanOptions {
  /** Waits until the servers have no connections, or for as long as allowed. If it throws, the plan is undone. */
  readonly wait: (servers: readonly AwaitedServer[]) => Promise<void>;
}

/**
 * Makes the changes of a plan, reads the kernel back and verifies it. Addresses are added before the table changes, and
 * deleted afterwards.
 *
 * If a change fails, or the kernel afterwards differs from the target, all of it is undone: by a plan from the state
 * that the kernel then has to the one before.
 *
 * @param kernel The kernel.
 * @param plan The plan, made from this kernel's state.
 * @throws {LvsctlError} If the plan was not applied. The message says whether the table is as it was; if it is not, the
 * exit code is {@linkcode EXIT.partial}.
 */
export function applyPlan(kernel: Kernel, plan: Plan, options: ApplyPlanOptions = {}): void {
  const steps = applySteps(scopeOf(kernel, plan, options), plan);
  while (steps.next().done !== true);
}

/**
 * As {@linkcode applyPlan}; before it deletes servers of services that stay, it waits for their connections.
 *
 * @param kernel The kernel.
 * @param plan The plan, made with `drain`.
 * @throws {LvsctlError} As {@linkcode applyPlan} does.
 */
export async function applyPlanWithDrain(
  kernel: Kernel,
  plan: Plan,
  options: ApplyPlanWithDrainOptions,
): Promise<void> {
  const steps = applySteps(scopeOf(kernel, plan, options), plan);
  let step = steps.next();
  while (step.done !== true) {
    let failure: unknown;
    const ended = await options.wait(step.value).then(() => true, (error: unknown) => {
      failure = error;
      return false;
    });
    step = ended ? steps.next() : steps.throw(failure);
  }
}

function scopeOf(kernel: Kernel, { only, before }: Plan, { addresses }: ApplyPlanOptions): Scope {
  return { kernel, only, addresses: before.vips === undefined ? undefined : addresses };
}

/** Applies a plan; yields the servers whose connections are awaited before it continues. */
function* applySteps(scope: Scope, plan: Plan): Generator<readonly AwaitedServer[], void, void> {
  if (isEmptyPlan(plan)) return;
  let failure: LvsctlError | undefined;
  try {
    failure = yield* executeSteps(scope, plan);
    if (failure === undefined) failure = verifyPlan(scope, plan.target);
  } catch (error) {
    // After a lost or unreadable answer the result is unknown: the kernel is read and restored as after any failure.
    failure = error instanceof LvsctlError ? error : new LvsctlError(String(error), { cause: error });
  }
  if (failure === undefined) return;
  throw undoPlan(scope, plan, { failure });
}

/** Makes the changes of a plan up to the first part in which one fails; returns that failure. */
function* executeSteps(
  scope: Scope,
  plan: PlannedChanges,
): Generator<readonly AwaitedServer[], LvsctlError | undefined, void> {
  for (const { run, awaited } of partsOf(scope, plan, { stopOnError: true })) {
    if (awaited.length > 0) yield awaited;
    const [error] = run().values();
    if (error !== undefined) return error;
  }
  return undefined;
}
