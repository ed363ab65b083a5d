import { LvsctlError } from "../errors/mod.ts";
import { type AwaitedServer, INTERRUPTIBLE_CHANGES, partsOf } from "./execute.ts";
import type { Addresses, Kernel } from "./kernel.ts";
import { isEmptyPlan, type Plan, type PlannedChanges, planSize } from "./plan.ts";
import type { Scope } from "./scope.ts";
import { undoPlan } from "./undo.ts";
import { verifyPlan } from "./verify.ts";

/** Options of {@linkcode applyPlan}. */
export interface ApplyPlanOptions {
  /** The addresses of the interfaces; needed if the plan was made with them. */
  readonly addresses?: Addresses | undefined;
}

/** Options of {@linkcode applyPlanInParts}. If one of its functions throws, the plan is undone. */
export interface ApplyPlanInPartsOptions extends ApplyPlanOptions {
  /**
   * Called before and after each part, and after verifying, with the number of changes that were made: throws if a signal
   * has arrived.
   */
  readonly pause?: ((made: number) => Promise<void>) | undefined;
  /** Waits until the servers have no connections, or for as long as allowed; without it they are deleted at once. */
  readonly wait?: ((servers: readonly AwaitedServer[]) => Promise<void>) | undefined;
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
 * As {@linkcode applyPlan}, with pauses in which a signal can arrive; before it deletes servers of services that stay,
 * it can wait for their connections. Undoing has no pauses: nothing interrupts it.
 *
 * @param kernel The kernel.
 * @param plan The plan; made with `drain` if `wait` is given.
 * @throws {LvsctlError} As {@linkcode applyPlan} does.
 */
export async function applyPlanInParts(
  kernel: Kernel,
  plan: Plan,
  { pause, wait, ...options }: ApplyPlanInPartsOptions,
): Promise<void> {
  const steps = applySteps(scopeOf(kernel, plan, options), plan);
  let step = steps.next();
  while (step.done !== true) {
    const { awaited, made } = step.value;
    let interruption: { readonly error: unknown } | undefined;
    try {
      await pause?.(made);
      if (awaited.length > 0) await wait?.(awaited);
    } catch (error) {
      interruption = { error };
    }
    step = interruption === undefined ? steps.next() : steps.throw(interruption.error);
  }
}

function scopeOf(kernel: Kernel, { only, before }: Plan, { addresses }: ApplyPlanOptions): Scope {
  return { kernel, only, addresses: before.vips === undefined ? undefined : addresses };
}

/** A pause between two parts of a plan. */
interface Pause {
  /** The servers whose connections are awaited before the next part. */
  readonly awaited: readonly AwaitedServer[];
  /** The number of changes that were made. */
  readonly made: number;
}

/** Applies a plan; yields between its parts. */
function* applySteps(scope: Scope, plan: Plan): Generator<Pause, void, void> {
  if (isEmptyPlan(plan)) return;
  let failure: LvsctlError | undefined;
  try {
    failure = yield* executeSteps(scope, plan);
    if (failure === undefined) failure = verifyPlan(scope, plan.target);
    // Reading back takes longer than the changes: a signal that arrives meanwhile counts too.
    if (failure === undefined) yield { awaited: [], made: planSize(plan) };
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
): Generator<Pause, LvsctlError | undefined, void> {
  let made = 0;
  const parts = partsOf(scope, plan, { stopOnError: true, largest: INTERRUPTIBLE_CHANGES });
  for (const { size, run, awaited } of parts) {
    yield { awaited, made };
    const [error] = run().values();
    if (error !== undefined) return error;
    made += size;
  }
  yield { awaited: [], made };
  return undefined;
}
