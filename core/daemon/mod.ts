/**
 * What lvsctl makes of health: the effective state of the kernel (pure), and single rounds of checks.
 *
 * @module
 */

export { type EffectiveContext, effectiveEntries, type EffectiveService, effectiveService } from "./effective.ts";
export {
  checkRound,
  type ProbedJob,
  type RoundOptions,
  type RoundResult,
  type ServerRound,
  type ServiceRound,
} from "./round.ts";
export { Daemon, type DaemonEvent, type DaemonOptions, type DriftReaction } from "./daemon.ts";
export { ServiceManager, type ServiceManagerOptions } from "./service_manager.ts";
export { explainChange, lastFinding } from "./explain.ts";
export { declaredNames, type Followed, followHealth } from "./follow.ts";
export { Drift, type DriftStep } from "./drift.ts";
export { BELIEVED_FOR_MS, type RestoredState, restoreState, type StoredState, trimRecords } from "./stored_state.ts";
export { type DaemonStatus, type ServerStatus, type ServiceStatus, serviceStatuses } from "./status.ts";
