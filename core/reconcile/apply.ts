import { EXIT, LvsctlError } from "../errors/mod.ts";
import {
  type Change,
  describeChange,
  describeVipChange,
  formatServiceId,
  type KernelState,
  type VipChange,
} from "../model/mod.ts";
import { type Addresses, glanceKernel, type Kernel, readKernel } from "./kernel.ts";
import { planChanges } from "./plan.ts";
import { ownedVips, planVips, type VipPlan } from "./plan_vips.ts";
import type { Target } from "./target.ts";

/** What an apply found and did. */
export interface ApplyResult {
  /** The changes that were made, in order; with `dryRun`, that would be. */
  readonly changes: readonly Change[];
  /** The changes of addresses likewise: some of them before the others, some after. */
  readonly vips: VipPlan;
  /** The kernel's state before. */
  readonly before: KernelState;
}

/** How {@linkcode applyTarget} goes about it. */
export interface ApplyOptions {
  /** Only plans. */
  readonly dryRun?: boolean;
  /** The addresses of the interfaces; without them, the target's VIPs are left out of account. */
  readonly addresses?: Addresses;
}

/** Everything that is to be done, in its order. */
interface Plan {
  readonly changes: readonly Change[];
  readonly vips: VipPlan;
}

/** What a target is applied to. */
interface Subject {
  readonly kernel: Kernel;
  readonly addresses: Addresses | undefined;
  /** Names of the services to look at; all without it. */
  readonly only: ReadonlySet<string> | undefined;
}

/**
 * Makes the kernel what the target says: reads it, plans, makes the changes, reads back and verifies.
 *
 * If a change fails, or the kernel afterwards is not what was asked for, what was done is undone by the same means:
 * a plan from what the kernel then has back to what it had. Addresses are added before services change, and deleted
 * after.
 *
 * @param kernel The kernel.
 * @param target What to make it.
 * @throws {LvsctlError} If it could not be done. The message says whether the table is as it was; if it is not, the
 * exit code is {@linkcode EXIT.partial}.
 */
export function applyTarget(kernel: Kernel, target: Target, options: ApplyOptions = {}): ApplyResult {
  // Services that are neither named nor to be deleted are not read beyond their names: they are not our business.
  const only = target.exact ? undefined : new Set(target.services.map(({ service }) => formatServiceId(service.id)));
  const subject: Subject = { kernel, only, addresses: target.vips === undefined ? undefined : options.addresses };
  const before = read(subject, readKernel);
  const plan = planAll(before, target);
  if (options.dryRun === true || isDone(plan)) return { ...plan, before };
  // Before anything is done: nothing has to be undone then.
  subject.addresses?.assertFree(
    plan.vips.first.filter(({ operation }) => operation === "addVip").map(({ vip }) => vip),
  );
  let failure: LvsctlError | undefined;
  try {
    failure = executePlan(subject, plan, { stopOnError: true }).errors[0];
    if (failure === undefined) failure = verify(planAll(read(subject, glanceKernel), target));
  } catch (error) {
    // Lost answers and unreadable ones: what was done is unknown, so it is read and put back like any other failure.
    failure = error instanceof LvsctlError ? error : new LvsctlError(String(error), { cause: error });
  }
  if (failure === undefined) return { ...plan, before };
  throw undo(subject, { before, target, failure });
}

function read({ kernel, addresses, only }: Subject, readTable: typeof readKernel): KernelState {
  const table = readTable(kernel, only);
  return addresses === undefined ? table : { ...table, vips: addresses.vips() };
}

function planAll(current: KernelState, target: Target): Plan {
  return { changes: planChanges(current, target), vips: planVips(current.vips, target.vips) };
}

function sizeOf({ changes, vips }: Plan): number {
  return changes.length + vips.first.length + vips.last.length;
}

function isDone(plan: Plan): boolean {
  return sizeOf(plan) === 0;
}

/**
 * Makes the changes of a plan. Deletions begin only when all before them has been done: a server that is refused must
 * not leave its service empty because the one that it replaces goes in the same send.
 */
function executePlan(
  { kernel, addresses }: Subject,
  { changes, vips }: Plan,
  options: { readonly stopOnError: boolean },
): { readonly errors: readonly LvsctlError[]; readonly notTried: number } {
  const isDeletion = ({ operation }: Change): boolean => operation === "deleteServer" || operation === "deleteService";
  const start = changes.findIndex(isDeletion);
  const table = (part: readonly Change[]): Part => ({
    size: part.length,
    run: () => kernel.execute(part, options),
  });
  const interfaces = (part: readonly VipChange[]): Part => ({
    size: part.length,
    run: () => addresses?.execute(part) ?? new Map(),
  });
  const parts = [
    interfaces(vips.first),
    ...(start > 0 ? [table(changes.slice(0, start)), table(changes.slice(start))] : [table(changes)]),
    interfaces(vips.last),
  ].filter(({ size }) => size > 0);
  let notTried = parts.reduce((sum, { size }) => sum + size, 0);
  for (const { size, run } of parts) {
    notTried -= size;
    const errors = [...run().values()];
    if (errors.length > 0) return { errors, notTried };
  }
  return { errors: [], notTried: 0 };
}

/** Changes that are made in one go. */
interface Part {
  readonly size: number;
  readonly run: () => ReadonlyMap<number, LvsctlError>;
}

/** The first thing that a plan does, in words. */
function firstStep({ changes, vips }: Plan): string | undefined {
  const step = [...vips.first.slice(0, 1).map(describeVipChange), ...changes.slice(0, 1).map(describeChange)][0] ??
    vips.last.slice(0, 1).map(describeVipChange)[0];
  return step === undefined ? undefined : `${step.verb} ${step.object}`;
}

/** Whether the kernel has what was asked for: then nothing is left to do. */
function verify(left: Plan): LvsctlError | undefined {
  const first = firstStep(left);
  if (first === undefined) return undefined;
  const count = sizeOf(left);
  const more = count === 1 ? "" : `, and ${count - 1} more differences`;
  return new LvsctlError(`the kernel did not keep what it acknowledged: still to do is to ${first}${more}`, {
    operation: "verify the table",
    hint: "another program may be changing it, or this kernel may lack the feature",
  });
}

function undo(
  subject: Subject,
  made: { readonly before: KernelState; readonly target: Target; readonly failure: LvsctlError },
): LvsctlError {
  const { before, failure } = made;
  // Services that the failed changes added are ours to delete again; others that appeared meanwhile are not.
  const ours = new Set([...before.services, ...made.target.services].map(({ service }) => formatServiceId(service.id)));
  const { vips, ...table } = before;
  const back: Target = { ...table, ...(vips === undefined ? {} : { vips: ownedVips(vips) }), exact: true };
  const planBack = (): Plan => {
    const now = read(subject, readKernel);
    const services = now.services.filter(({ service }) => ours.has(formatServiceId(service.id)));
    return planAll({ ...now, services }, back);
  };
  try {
    const plan = planBack();
    const { errors, notTried } = executePlan(subject, plan, { stopOnError: false });
    const [first] = errors;
    if (first !== undefined) {
      const left = errors.length + notTried;
      const state = `undoing failed too in ${left} of ${sizeOf(plan)} steps, first: ${first.message}`;
      return describe(failure, { state, exitCode: EXIT.partial });
    }
    const difference = isDone(plan) ? undefined : firstStep(planBack());
    if (difference === undefined) {
      return describe(failure, { state: "the table is as it was before", exitCode: failure.exitCode });
    }
    const state = `it was undone, but still to do is to ${difference}`;
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
