/**
 * What lvsctl makes of health: the effective state of the kernel (pure), and single rounds of checks.
 *
 * @module
 */

export {
  type EffectiveContext,
  effectiveEntries,
  type EffectiveServer,
  type EffectiveService,
  effectiveService,
} from "./effective.ts";
export { LEAVING_LOOK_MS } from "./leaving.ts";
export {
  type EndsOf,
  endsOf,
  idleLeavers,
  LeavingConnections,
  type LeavingConnectionsOptions,
  type LookUpInBackground,
} from "./leaving_connections.ts";
export { Reaction, type ReactionStart, type StoredReaction } from "./reaction.ts";
export { contextOf, currentServers, type FollowedKernel, type Situation } from "./situation.ts";
export { type SlowStartShare, slowStartShare } from "./slow_start.ts";
export { NO_STANDING, readStandings, type ServerStanding, type ServiceStanding } from "./standing.ts";
export { stillLasts } from "./lasting.ts";
export { serviceEvents } from "./transitions.ts";
export { keepVips, type KeptVips, type VipKeeper, type VipWishes, vipWishes } from "./vip_keeping.ts";
export { type AgentSaid, composeWeight, fullWeight, type WeightParts } from "./weight.ts";
export {
  type AskedJob,
  checkRound,
  type ProbedJob,
  type RoundOptions,
  type RoundResult,
  type ServerRound,
  type ServiceRound,
} from "./round.ts";
export { Daemon } from "./daemon.ts";
export type { DaemonEvent, DaemonOptions, DriftReaction } from "./daemon_options.ts";
export { ServiceManager, type ServiceManagerOptions } from "./service_manager.ts";
export { explainChange, explainWeight, lastFinding } from "./explain.ts";
export { declaredNames, type Followed, type FollowedService, followHealth } from "./follow.ts";
export { Drift, type DriftStep } from "./drift.ts";
export { BELIEVED_FOR_MS, type RestoredState, restoreState, type StoredState, trimRecords } from "./stored_state.ts";
export { Warnings } from "./warnings.ts";
export { type DaemonStatus, type ServerStatus, type ServiceStatus, serviceStatuses } from "./status.ts";
