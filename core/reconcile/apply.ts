import { EXIT, LvsctlError } from "../errors/mod.ts";
import {
  type Change,
  describeChange,
  describeVipChange,
  formatServiceId,
  type KernelState,
  type ServerId,
  type ServiceId,
  type VipChange,
} from "../model/mod.ts";
import { CurrentState, formatDifference, vipDifferences } from "./differences.ts";
import { type Addresses, type Kernel, readKernel, readKernelOutline } from "./kernel.ts";
import { isWithdrawal, planChanges, type PlanOptions } from "./plan.ts";
import { ownedVips, planVips, type VipPlan } from "./plan_vips.ts";
import { type Selection, selectTarget } from "./selection.ts";
import type { Target } from "./target.ts";

/** What is to be done, in its order, and what there was before. */
export interface ApplyResult {
  /** The changes of the table that are made, in order; with `dryRun`, that would be. */
  readonly changes: readonly Change[];
  /** The changes of addresses likewise: some of them before the others, some after. */
  readonly vips: VipPlan;
  /** The kernel's state before, as far as it was looked at. */
  readonly before: KernelState;
  /** What the kernel is made: the target, less what was not selected of it. */
  readonly target: Target;
}

/** How {@linkcode applyTarget} goes about it. */
export interface ApplyOptions {
  /** Only plans. */
  readonly dryRun?: boolean;
  /** The addresses of the interfaces; without them, the target's VIPs are left out of account. */
  readonly addresses?: Addresses;
  /** What of the target counts; all of it without. */
  readonly selection?: Selection;
  /**
   * Is given what will be done, before anything is, and not at all if that is nothing. If it throws, nothing is done.
   */
  readonly onPlanned?: (planned: ApplyResult) => void;
}

/** A server that has been given weight 0, and is deleted when its connections have ended. */
export interface AwaitedServer {
  /** Its service. */
  readonly id: ServiceId;
  /** The server. */
  readonly server: ServerId;
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
  const steps = applying(kernel, target, { ...options, quiesce: false });
  let step = steps.next();
  // Nothing is quiesced, and so there is nothing to wait for.
  while (step.done !== true) step = steps.next();
  return step.value;
}

/**
 * As {@linkcode applyTarget}, but a server that goes from a service that stays gets weight 0 first and is deleted when
 * its connections have ended.
 *
 * @param kernel The kernel.
 * @param target What to make it.
 * @param options.wait Waits until the connections of servers have ended, or for as long as they are given. If it throws,
 * all is undone.
 * @throws {LvsctlError} As {@linkcode applyTarget} does.
 */
export async function applyWithDrain(
  kernel: Kernel,
  target: Target,
  options: ApplyOptions & { readonly wait: (leaving: readonly AwaitedServer[]) => Promise<void> },
): Promise<ApplyResult> {
  const steps = applying(kernel, target, { ...options, quiesce: true });
  let step = steps.next();
  while (step.done !== true) {
    let failure: unknown;
    const ended = await options.wait(step.value).then(() => true, (error: unknown) => {
      failure = error;
      return false;
    });
    step = ended ? steps.next() : steps.throw(failure);
  }
  return step.value;
}

/** Applies a target; gives the servers whose connections are to be waited for, where it is to quiesce some. */
function* applying(
  kernel: Kernel,
  asked: Target,
  options: ApplyOptions & PlanOptions,
): Generator<readonly AwaitedServer[], ApplyResult, void> {
  // Services that are neither named nor to be deleted are not read beyond their names: they are not our business.
  const only = asked.exact ? asked.within : new Set(asked.services.map(({ service }) => formatServiceId(service.id)));
  const subject: Subject = { kernel, only, addresses: asked.vips === undefined ? undefined : options.addresses };
  const before = read(subject, readKernel);
  const target = options.selection === undefined ? asked : selectTarget(before, asked, options.selection);
  const plan = planAll(before, target, options);
  const planned: ApplyResult = { ...plan, before, target };
  if (options.dryRun === true || isDone(plan)) return planned;
  // Before anything is done: nothing has to be undone then.
  subject.addresses?.assertFree(
    plan.vips.first.filter(({ operation }) => operation === "addVip").map(({ vip }) => vip),
  );
  options.onPlanned?.(planned);
  let failure: LvsctlError | undefined;
  try {
    failure = yield* executePlan(subject, plan, options);
    if (failure === undefined) failure = verify(subject, target);
  } catch (error) {
    // Lost answers and unreadable ones: what was done is unknown, so it is read and put back like any other failure.
    failure = error instanceof LvsctlError ? error : new LvsctlError(String(error), { cause: error });
  }
  if (failure === undefined) return planned;
  throw undo(subject, { before, target, failure });
}

function read({ kernel, addresses, only }: Subject, readTable: typeof readKernel): KernelState {
  const table = readTable(kernel, only);
  return addresses === undefined ? table : { ...table, vips: addresses.vips() };
}

function planAll(current: KernelState, target: Target, options: PlanOptions = {}): Plan {
  return {
    changes: planChanges(current, target, options),
    vips: planVips(current.vips, target.vips, { keepOthers: !target.exact }),
  };
}

function sizeOf({ changes, vips }: Plan): number {
  return changes.length + vips.first.length + vips.last.length;
}

function isDone(plan: Plan): boolean {
  return sizeOf(plan) === 0;
}

/** Makes the changes of a plan up to the first part of it in which one fails; gives why. */
function* executePlan(
  subject: Subject,
  plan: Plan,
  { quiesce }: PlanOptions,
): Generator<readonly AwaitedServer[], LvsctlError | undefined, void> {
  for (const { run, leaving } of partsOf(subject, plan, { stopOnError: true })) {
    if (quiesce === true && leaving.length > 0) yield leaving;
    const [error] = run().values();
    if (error !== undefined) return error;
  }
  return undefined;
}

/** Changes that are made in one go. */
interface Part {
  readonly size: number;
  /** The servers that it deletes and their services keep. */
  readonly leaving: readonly AwaitedServer[];
  readonly run: () => ReadonlyMap<number, LvsctlError>;
}

/**
 * The parts of a plan. What takes out of service begins only when all before it has been done: a server that is refused
 * must not leave its service empty because the one that it replaces goes in the same send. Deletions begin after that.
 */
function partsOf(
  { kernel, addresses }: Subject,
  { changes, vips }: Plan,
  options: { readonly stopOnError: boolean },
): Part[] {
  const table = (part: readonly Change[]): Part => ({
    size: part.length,
    leaving: part.flatMap((change) => change.operation === "deleteServer" ? [change] : []),
    run: () => kernel.execute(part, options),
  });
  const interfaces = (part: readonly VipChange[]): Part => ({
    size: part.length,
    leaving: [],
    run: () => addresses?.execute(part) ?? new Map(),
  });
  const withdrawal = indexOrEnd(changes, isWithdrawal);
  const deletion = indexOrEnd(
    changes,
    ({ operation }) => operation === "deleteServer" || operation === "deleteService",
  );
  return [
    interfaces(vips.first),
    ...cut(changes, [withdrawal, deletion]).map(table),
    interfaces(vips.last),
  ].filter(({ size }) => size > 0);
}

function indexOrEnd<T>(items: readonly T[], isIt: (item: T) => boolean): number {
  const index = items.findIndex(isIt);
  return index < 0 ? items.length : index;
}

/** A list cut before the places; one that is not cut at all is not copied, for it may be a whole table. */
function cut<T>(items: readonly T[], places: readonly number[]): (readonly T[])[] {
  const inner = places.filter((place) => place > 0 && place < items.length);
  if (inner.length === 0) return [items];
  return [0, ...inner].map((start, index) => items.slice(start, inner[index]));
}

/** The first thing that a plan does, in words. */
function firstStep({ changes, vips }: Plan): string | undefined {
  const step = [...vips.first.slice(0, 1).map(describeVipChange), ...changes.slice(0, 1).map(describeChange)][0] ??
    vips.last.slice(0, 1).map(describeVipChange)[0];
  return step === undefined ? undefined : `${step.verb} ${step.object}`;
}

/** Whether the kernel has what was asked for: then nothing is left to do. */
function verify(subject: Subject, target: Target): LvsctlError | undefined {
  const current = read(subject, readKernelOutline);
  const left = planAll(current, target);
  if (isDone(left)) return undefined;
  const state = new CurrentState(current);
  const differences = [
    ...[...left.vips.first, ...left.vips.last].slice(0, TOLD_DIFFERENCES).flatMap(vipDifferences),
    ...left.changes.slice(0, TOLD_DIFFERENCES).flatMap((change) => state.differences(change)),
  ];
  const told = differences.slice(0, TOLD_DIFFERENCES).map(formatDifference).join(", ");
  const more = Math.max(differences.length, sizeOf(left)) - TOLD_DIFFERENCES;
  return new LvsctlError(
    `the kernel did not keep what it acknowledged: ${told}${more > 0 ? `, and ${more} more differences` : ""}`,
    {
      operation: "verify the table",
      hint: "another program may be changing it, or this kernel may lack the feature",
    },
  );
}

/** Differences that a message names. */
const TOLD_DIFFERENCES = 10;

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
    let left = sizeOf(plan);
    for (const { size, run } of partsOf(subject, plan, { stopOnError: false })) {
      const errors = [...run().values()];
      const [first] = errors;
      left -= first === undefined ? size : size - errors.length;
      if (first === undefined) continue;
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
