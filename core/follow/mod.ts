/**
 * One pass that makes the table follow health: for `check --apply` and for the daemon.
 *
 * @module
 */

export { declaredNames, type Followed, followHealth, nameOf } from "./apply_health.ts";
export { endsOf, idleLeavers, LeavingConnections, type LookUpInBackground } from "./draining_connections.ts";
export { keepVips, type VipKeeper, vipWishes } from "./keep_vips.ts";
export type { FollowedKernel } from "./kernel.ts";
export { contextOf, type Situation } from "./knowledge.ts";
export { Reaction } from "./tracker.ts";
