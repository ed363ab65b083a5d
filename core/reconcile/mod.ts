/**
 * From what the kernel has to what it should have: a pure plan of changes, applying it with undo and verification, and
 * draining servers.
 *
 * @module
 */

export { applyGently, type ApplyOptions, type ApplyResult, applyTarget, type Leaving } from "./apply.ts";
export {
  closedAmong,
  type ConnectionEnds,
  type ConnectionLookUp,
  LOOK_UP_PAUSE,
  type LookedUpService,
} from "./closed_connections.ts";
export { CurrentState, type Difference, formatDifference, type ToldValue, vipDifferences } from "./differences.ts";
export { type DigestParts, entryDigest, stateDigest } from "./digest.ts";
export {
  drain,
  type DrainedServer,
  type DrainFate,
  type DrainingServer,
  type DrainKernel,
  type DrainOptions,
  type DrainProgress,
  type DrainRequest,
  type DrainResult,
  quiesceChanges,
} from "./drain.ts";
export { type Addresses, type Kernel, readKernel } from "./kernel.ts";
export { isWithdrawal, planChanges, type PlanOptions } from "./plan.ts";
export { ownedVips, planVips, type VipPlan } from "./plan_vips.ts";
export { CHANGE_KINDS, type ChangeKind, type Selection, selectTarget } from "./selection.ts";
export type { Target } from "./target.ts";
export { type EndingOptions, untilConnectionsEnd } from "./ending.ts";
