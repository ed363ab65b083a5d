import {
  type Change,
  describeChange,
  describeVipChange,
  formatServiceId,
  type KernelState,
  type Vip,
} from "../model/mod.ts";
import type { Addresses, Kernel } from "./kernel.ts";
import { planChanges, type PlanChangesOptions } from "./plan_changes.ts";
import { planVips, type VipPlan } from "./plan_vips.ts";
import { readScope } from "./scope.ts";
import { type Selection, selectTarget } from "./selection.ts";
import type { Target } from "./target.ts";

/** The ordered changes from one state to another. */
export interface PlannedChanges {
  /** Changes of the table, in order. */
  readonly changes: readonly Change[];
  /** Changes of addresses: some precede those of the table, some follow them. */
  readonly vips: VipPlan;
}

/** The changes that lead from the kernel's current state to a target. A plan is a value: making it changes nothing. */
export interface Plan extends PlannedChanges {
  /** The kernel's state that it was planned from, as far as it was read. */
  readonly before: KernelState;
  /** The state that it leads to: the target without the parts that were not selected. */
  readonly target: Target;
  /** Names of the services that it was planned from; undefined for all. */
  readonly only: ReadonlySet<string> | undefined;
}

/** Options of {@linkcode planTarget}. */
export interface PlanTargetOptions extends PlanChangesOptions {
  /** The addresses of the interfaces; without them, the target's VIPs are ignored. */
  readonly addresses?: Addresses | undefined;
  /** The kinds of changes to plan; all by default. */
  readonly selection?: Selection | undefined;
}

/**
 * Reads the kernel and plans the fewest changes that make it the target.
 *
 * Services that the target neither names nor deletes are not read beyond their names.
 *
 * @param kernel The kernel.
 * @param target The wanted state.
 * @throws {LvsctlError} If the kernel cannot be read.
 */
export function planTarget(kernel: Kernel, target: Target, options: PlanTargetOptions = {}): Plan {
  const { addresses, selection, drain } = options;
  const named = (): Set<string> => new Set(target.services.map(({ service }) => formatServiceId(service.id)));
  const only = target.exact ? target.within : named();
  const before = readScope({ kernel, only, addresses: target.vips === undefined ? undefined : addresses });
  const selected = selection === undefined ? target : selectTarget(before, target, selection);
  return { ...planFrom(before, selected, { drain }), before, target: selected, only };
}

/** The fewest changes from a state to a target. */
export function planFrom(current: KernelState, target: Target, options: PlanChangesOptions = {}): PlannedChanges {
  return {
    changes: planChanges(current, target, options),
    vips: planVips(current.vips, target.vips, { keepOthers: !target.exact }),
  };
}

/** The number of changes of a plan. */
export function planSize({ changes, vips }: PlannedChanges): number {
  return changes.length + vips.first.length + vips.last.length;
}

/** Whether a plan changes nothing. */
export function isEmptyPlan(plan: PlannedChanges): boolean {
  return planSize(plan) === 0;
}

/** The VIPs that a plan adds. */
export function addedVips({ vips }: PlannedChanges): Vip[] {
  return vips.first.filter(({ operation }) => operation === "addVip").map(({ vip }) => vip);
}

/** The first change of a plan as words: "add virtual service tcp://192.0.2.10:80"; undefined for an empty plan. */
export function describeFirstChange({ changes, vips }: PlannedChanges): string | undefined {
  const [first] = [
    ...vips.first.slice(0, 1).map(describeVipChange),
    ...changes.slice(0, 1).map(describeChange),
    ...vips.last.slice(0, 1).map(describeVipChange),
  ];
  return first === undefined ? undefined : `${first.verb} ${first.object}`;
}
