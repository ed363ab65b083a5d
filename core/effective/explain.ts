import type { HealthState } from "../health/mod.ts";
import { type Change, checkOf, type DesiredService, formatServerId, type ServerId } from "../model/mod.ts";
import type { EffectiveServer, EffectiveService } from "./service.ts";
import type { WeightParts } from "./weight.ts";

/** The last result of a server's check, as text; undefined before the first. */
export function lastResult({ history }: HealthState): string | undefined {
  const result = history.at(-1)?.result;
  return result === undefined ? undefined : result.ok ? result.detail : result.reason;
}

/** The reasons, as text, why a server's weight differs from the file's; empty if it does not. */
export function explainWeight({ requested, agent, slowStartPercent, override, keptBy }: WeightParts): string[] {
  const kept = keptBy === undefined ? [] : [keptText(keptBy)];
  if (override !== undefined) {
    const state = override.weight === "maint" ? "in maintenance" : `weight ${override.weight}`;
    return [`${state} by override${override.reason === undefined ? "" : `: ${override.reason}`}`, ...kept];
  }
  const reasons: string[] = [];
  if (requested !== undefined) reasons.push(`its check sets weight ${requested}`);
  if (agent !== undefined) {
    const states = [
      ...(agent.health === "down" ? ["down"] : []),
      ...(agent.mode === "ready" ? [] : [agent.mode]),
      ...(agent.percent === 100 ? [] : [`${agent.percent}%`]),
    ];
    const reason = agent.reason === undefined ? "" : `: ${agent.reason}`;
    if (states.length > 0) reasons.push(`its agent reports ${states.join(", ")}${reason}`);
  }
  if (slowStartPercent < 100) reasons.push(`slow start at ${Math.round(slowStartPercent)}%`);
  return [...reasons, ...kept];
}

/** Why other directors keep a server, as text. */
export function keptText(directors: number): string {
  if (directors === 0) return "kept until the verdicts of other directors are known";
  return `kept because ${directors === 1 ? "1 other director reaches" : `${directors} other directors reach`} it`;
}

/**
 * The reason for a change of the table, as text: the server's health, its last result, and the parts of its weight.
 *
 * @param change The change.
 * @param service The service that it changes, with the decision about it; undefined if the file has no such service.
 */
export function explainChange(
  change: Change,
  service: { readonly desired: DesiredService; readonly effective: EffectiveService } | undefined,
): string {
  if (!("server" in change)) return "as the file says";
  if (service === undefined) return "not in the file";
  const { desired, effective } = service;
  if (isAboutUnnamed(change, service)) {
    return change.operation === "editServer" ? "not in the file: draining" : "not in the file";
  }
  const server = effective.servers.find((each) => isSame(each.server, change.server));
  if (server !== undefined && change.operation === "deleteServer" && server.weight !== undefined) {
    return `added again at once: the scheduler ${desired.service.scheduler} depends on the order of servers`;
  }
  if (server !== undefined) return explainServer(desired, server);
  return change.operation === "deleteServer" ? "the quorum is met" : "the quorum is lost";
}

/** Whether a change is about a server that the file does not name. */
export function isAboutUnnamed(
  change: Change,
  { desired, effective }: { readonly desired: DesiredService; readonly effective: EffectiveService },
): boolean {
  if (!("server" in change)) return false;
  const isNamed = (server: ServerId): boolean => isSame(server, change.server);
  return !effective.servers.some(({ server }) => isNamed(server)) &&
    (desired.fallback === undefined || !isNamed(desired.fallback));
}

function explainServer(service: DesiredService, { server, facts, parts, isRetained }: EffectiveServer): string {
  const reasons = [...explainWeight(parts), ...(isRetained ? ["kept because too few other servers serve"] : [])];
  if (checkOf(service, server) === undefined) return reasons.length === 0 ? "as the file says" : reasons.join("; ");
  const { health, lastResult } = facts;
  return [lastResult === undefined ? health : `${health}: ${lastResult}`, ...reasons].join("; ");
}

function isSame(a: ServerId, b: ServerId): boolean {
  return formatServerId(a) === formatServerId(b);
}
