/**
 * Verdicts on real servers that the directors of a cluster share through their store. Those of others can only keep a
 * server in the table; they never remove one.
 *
 * @module
 */

export { SharedHealth } from "./shared_health.ts";
export type { SharingStatus } from "./shared_health_options.ts";
