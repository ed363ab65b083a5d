/**
 * The daemon: a loop that checks, decides and acts, by a kernel, a clock and callbacks.
 *
 * @module
 */

export { RetryDelay } from "./backoff.ts";
export { Daemon } from "./daemon.ts";
export type { DaemonEvent, DriftReaction } from "./daemon_options.ts";
export type { DaemonStatus, HealthSummary, ServerStatus, ServiceStatus } from "./status.ts";
export { restoreState, type StoredState } from "./stored_state.ts";
export type { VipPresence } from "./file_vips.ts";
export { DURATION_BOUNDS_MS, type DurationTally } from "./histogram.ts";
export { LoopLag } from "./loop_lag.ts";
export { type JobTally, Tallies } from "./tallies.ts";
