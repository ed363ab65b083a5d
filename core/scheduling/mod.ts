/**
 * The kernel's way from a new connection to a real server, repeated without a packet (pure): the service, entries of
 * the connection table, and the choices of schedulers.
 *
 * @module
 */

export { type Availability, availabilityOf } from "./availability.ts";
export type { ChoiceBasis } from "./choice.ts";
export { explain, type ExplanationFacts } from "./explain.ts";
export type { ExplainedConnection, ExplainedResult, Explanation } from "./explanation.ts";
