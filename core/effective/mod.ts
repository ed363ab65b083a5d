/**
 * What the table should be, computed from the file, health and memory. Pure.
 *
 * @module
 */

export { DRAIN_LOOK_MS } from "./draining.ts";
export { serviceEvents } from "./events.ts";
export { explainChange, explainWeight, lastFinding } from "./explain.ts";
export type { EffectiveContext } from "./inputs.ts";
export { stillLasts } from "./lasting_events.ts";
export { readRememberedServices, type RememberedService } from "./memory.ts";
export { type EffectiveService, effectiveService } from "./service.ts";
export type { WeightParts } from "./weight.ts";
