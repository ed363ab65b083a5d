/**
 * One pass in which the table follows health: for `check --apply` and for the daemon.
 *
 * @module
 */

export { type AppliedHealth, type AppliedService, applyHealth, declaredNames, nameOf } from "./apply_health.ts";
export { type BackgroundLookup, type EndsOf, endsOf, idleDrainingServers } from "./draining_servers.ts";
export { haveVips, keepVips, type VipAddresses, type VipPlace, type WantedVips, wantedVips } from "./keep_vips.ts";
export type { HealthKernel, TableReader } from "./kernel.ts";
export { SingleReading } from "./single_reading.ts";
export { type CheckedServer, factsFrom, type Knowledge, type VouchOf } from "./knowledge.ts";
export { ServiceTracker } from "./tracker.ts";
