import { checkOf, type DesiredService, formatDuration, type HealthSharing } from "../model/mod.ts";
import type { ServiceFinding } from "./finding.ts";

/** The settings of shared verdicts that have no effect, or are probably mistakes. */
export function sharingFindings(
  { limitMs }: HealthSharing,
  services: readonly DesiredService[],
): readonly ServiceFinding[] {
  const checks = services.flatMap((service) => service.servers.flatMap((server) => checkOf(service, server) ?? []));
  if (checks.length === 0) {
    const message = "health_sharing has no effect: no server has a check";
    return [{ code: "sharing-unused", message, key: "quorum" }];
  }
  // Other directors find the failure at another time; until all have, each would be the only one.
  const slowestMs = checks.reduce((most, { intervalMs, fall }) => Math.max(most, intervalMs * fall), 0);
  if (limitMs > slowestMs) return [];
  const message = `the limit of ${formatDuration(limitMs)} ends before other directors can have a verdict: a check ` +
    `takes ${formatDuration(slowestMs)} to find a failure`;
  return [{ code: "sharing-limit-short", message, remedy: "set a longer limit", key: "limit" }];
}
