/**
 * What the table should be, decided from plain facts: the file, health, overrides and the last pass. Pure.
 *
 * @module
 */

export { DRAIN_LOOK_MS, drainTimeOf, unnamedServers } from "./draining_servers.ts";
export { serviceEvents, stillLasts } from "./events.ts";
export { explainChange, explainWeight, isAboutUnnamed, lastResult } from "./explain.ts";
export type { ServerFacts, ServiceFacts, Vouch } from "./inputs.ts";
export {
  readRememberedServices,
  type RememberedService,
  type StoredService,
  storeRememberedServices,
} from "./memory.ts";
export type { ServerDecision } from "./server.ts";
export { decideServers, type EffectiveService, effectiveService } from "./service.ts";
export type { AgentReport, WeightParts } from "./weight.ts";
