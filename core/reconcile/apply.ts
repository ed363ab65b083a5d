import { EXIT, LvsctlError } from "../errors/mod.ts";
import { type Change, describeChange, formatServiceId, type KernelState } from "../model/mod.ts";
import { glanceKernel, type Kernel, readKernel } from "./kernel.ts";
import { planChanges } from "./plan.ts";
import type { Target } from "./target.ts";

/** What an apply found and did. */
export interface ApplyResult {
  /** The changes that were made, in order; with `dryRun`, that would be. */
  readonly changes: readonly Change[];
  /** The kernel's state before. */
  readonly before: KernelState;
}

/**
 * Makes the kernel what the target says: reads it, plans, makes the changes, reads back and verifies.
 *
 * If a change fails, or the kernel afterwards is not what was asked for, what was done is undone by the same means:
 * a plan from what the kernel then has back to what it had.
 *
 * @param kernel The kernel.
 * @param target What to make it.
 * @param options.dryRun Only plans.
 * @throws {LvsctlError} If it could not be done. The message says whether the table is as it was; if it is not, the
 * exit code is {@linkcode EXIT.partial}.
 */
export function applyTarget(kernel: Kernel, target: Target, options: { readonly dryRun?: boolean } = {}): ApplyResult {
  // Services that are neither named nor to be deleted are not read beyond their names: they are not our business.
  const only = target.exact ? undefined : new Set(target.services.map(({ service }) => formatServiceId(service.id)));
  const before = readKernel(kernel, only);
  const changes = planChanges(before, target);
  if (options.dryRun === true || changes.length === 0) return { changes, before };
  let failure: LvsctlError | undefined;
  try {
    failure = executePlan(kernel, changes, { stopOnError: true }).errors[0];
    if (failure === undefined) failure = verify(planChanges(glanceKernel(kernel, only), target));
  } catch (error) {
    // Lost answers and unreadable ones: what was done is unknown, so it is read and put back like any other failure.
    failure = error instanceof LvsctlError ? error : new LvsctlError(String(error), { cause: error });
  }
  if (failure === undefined) return { changes, before };
  throw undo(kernel, { before, target, failure, ...(only === undefined ? {} : { only }) });
}

/**
 * Makes the changes of a plan. Deletions begin only when all before them has been done: a server that is refused must
 * not leave its service empty because the one that it replaces goes in the same send.
 */
function executePlan(
  kernel: Kernel,
  plan: readonly Change[],
  options: { readonly stopOnError: boolean },
): { readonly errors: readonly LvsctlError[]; readonly notTried: number } {
  const isDeletion = ({ operation }: Change): boolean => operation === "deleteServer" || operation === "deleteService";
  const start = plan.findIndex(isDeletion);
  const parts = start > 0 ? [plan.slice(0, start), plan.slice(start)] : [plan];
  let notTried = plan.length;
  for (const part of parts) {
    notTried -= part.length;
    const errors = [...kernel.execute(part, options).values()];
    if (errors.length > 0) return { errors, notTried };
  }
  return { errors: [], notTried: 0 };
}

/** Whether the kernel has what was asked for: then nothing is left to do. */
function verify(left: readonly Change[]): LvsctlError | undefined {
  const [first] = left;
  if (first === undefined) return undefined;
  const { verb, object } = describeChange(first);
  const more = left.length === 1 ? "" : `, and ${left.length - 1} more differences`;
  return new LvsctlError(`the kernel did not keep what it acknowledged: still to do is to ${verb} ${object}${more}`, {
    operation: "verify the table",
    hint: "another program may be changing it, or this kernel may lack the feature",
  });
}

function undo(
  kernel: Kernel,
  made: {
    readonly before: KernelState;
    readonly target: Target;
    readonly failure: LvsctlError;
    readonly only?: ReadonlySet<string>;
  },
): LvsctlError {
  const { before, failure } = made;
  // Services that the failed changes added are ours to delete again; others that appeared meanwhile are not.
  const ours = new Set([...before.services, ...made.target.services].map(({ service }) => formatServiceId(service.id)));
  const stepsBack = (): Change[] => {
    const now = readKernel(kernel, made.only);
    const services = now.services.filter(({ service }) => ours.has(formatServiceId(service.id)));
    return planChanges({ ...now, services }, { ...before, exact: true });
  };
  try {
    const steps = stepsBack();
    const { errors, notTried } = executePlan(kernel, steps, { stopOnError: false });
    const [first] = errors;
    if (first !== undefined) {
      const left = errors.length + notTried;
      const state = `undoing failed too in ${left} of ${steps.length} steps, first: ${first.message}`;
      return describe(failure, { state, exitCode: EXIT.partial });
    }
    const [difference] = steps.length === 0 ? [] : stepsBack();
    if (difference === undefined) {
      return describe(failure, { state: "the table is as it was before", exitCode: failure.exitCode });
    }
    const { verb, object } = describeChange(difference);
    const state = `it was undone, but still to do is to ${verb} ${object}`;
    return describe(failure, { state, exitCode: EXIT.partial });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return describe(failure, { state: `it could not be undone: ${reason}`, exitCode: EXIT.partial });
  }
}

function describe(
  failure: LvsctlError,
  outcome: { readonly state: string; readonly exitCode: LvsctlError["exitCode"] },
): LvsctlError {
  const hint = failure.hint === undefined ? outcome.state : `${failure.hint}; ${outcome.state}`;
  return new LvsctlError(failure.reason, {
    operation: failure.operation,
    object: failure.object,
    ...(failure.errno === undefined ? {} : { errno: failure.errno }),
    hint,
    exitCode: outcome.exitCode,
    retriable: failure.retriable,
    cause: failure,
  });
}
