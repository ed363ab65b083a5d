/**
 * From the current state of the kernel to a target: plans as values, applying them with verification and undo, and
 * draining servers.
 *
 * @module
 */

export { applyPlan, applyPlanInParts } from "./apply.ts";
export {
  closedAmong,
  type ConnectionEnds,
  type ConnectionLookup,
  type LookedUpService,
  LOOKUP_PAUSE,
} from "./closed_connections.ts";
export { CurrentState, type Difference, formatDifference, vipDifferences } from "./differences.ts";
export { changesDigest, entryDigest, stateDigest } from "./digest.ts";
export {
  drain,
  type DrainedServer,
  type DrainFate,
  type DrainKernel,
  type DrainProgress,
  type DrainRequest,
  type DrainResult,
  quiesceChanges,
} from "./drain.ts";
export type { AwaitedServer } from "./execute.ts";
export { type Addresses, type Kernel, readKernel } from "./kernel.ts";
export { describeLosses, lossesOf } from "./losses.ts";
export { addedVips, isEmptyPlan, type Plan, planFrom, planSize, planTarget } from "./plan.ts";
export { isWithdrawal, planChanges, sameServer, sameService, sameSyncDaemon, sameTimeouts } from "./plan_changes.ts";
export { ownedVips, planVips } from "./plan_vips.ts";
export { type Rehearsal, rehearsePlan } from "./rehearse.ts";
export { CHANGE_KINDS, type ChangeKind, type Selection } from "./selection.ts";
export type { Target } from "./target.ts";
export { waitForConnections } from "./wait_for_connections.ts";
