import type { CountedServer } from "../model/mod.ts";

/**
 * Whether a scheduler may choose a server:
 *
 * - `available`: yes.
 * - `quiesced`: no, its weight is 0.
 * - `full`: no, its upper threshold is reached.
 * - `recovering`: it depends on whether it was full before. The kernel does not report that.
 */
export type Availability = "available" | "quiesced" | "full" | "recovering";

/** Whether a scheduler may choose a server, by its weight, its thresholds and its connections. */
export function availabilityOf(server: CountedServer): Availability {
  const { weight, upperThreshold, lowerThreshold, activeConnections, inactiveConnections } = server;
  if (weight === 0) return "quiesced";
  if (upperThreshold === 0) return "available";
  const connections = activeConnections + inactiveConnections;
  if (connections >= upperThreshold) return "full";
  const hasRecovered = lowerThreshold === 0 ? connections * 4 < upperThreshold * 3 : connections < lowerThreshold;
  return hasRecovered ? "available" : "recovering";
}

/** The servers that a scheduler may choose, those included that depend on whether they were full before. */
export function candidatesAmong<T extends CountedServer>(servers: readonly T[]): T[] {
  return servers.filter((server) => ["available", "recovering"].includes(availabilityOf(server)));
}
