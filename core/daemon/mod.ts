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
export { Daemon, type DaemonEvent, type DaemonOptions } from "./daemon.ts";
export { declaredNames, type Followed, followHealth } from "./follow.ts";
