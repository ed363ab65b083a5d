import { type HealthRecords, type HealthState, toProbeJob } from "../health/mod.ts";
import { type Change, checkOf, type DesiredService, formatServerId, type ServerId } from "../model/mod.ts";
import type { EffectiveServer, EffectiveService } from "./service.ts";
import type { WeightParts } from "./weight.ts";

/** What the last result of a server was, in words; undefined before the first. */
export function lastFinding({ history }: HealthState): string | undefined {
  const result = history.at(-1)?.result;
  return result === undefined ? undefined : result.ok ? result.detail : result.reason;
}

/** What has made the weight of a server another than the file's, in words; empty where nothing has. */
export function explainWeight({ asked, agent, slowStartPercent, override }: WeightParts): string[] {
  if (override !== undefined) {
    const what = override.weight === "maint" ? "in maintenance" : `weight ${override.weight}`;
    return [`${what} by an operator${override.reason === undefined ? "" : `: ${override.reason}`}`];
  }
  const words: string[] = [];
  if (asked !== undefined) words.push(`asks for weight ${asked}`);
  if (agent !== undefined) {
    const said = [
      ...(agent.health === "down" ? ["down"] : []),
      ...(agent.mode === "ready" ? [] : [agent.mode]),
      ...(agent.percent === 100 ? [] : [`${agent.percent}%`]),
    ];
    const reason = agent.reason === undefined ? "" : `: ${agent.reason}`;
    if (said.length > 0) words.push(`its agent says ${said.join(", ")}${reason}`);
  }
  if (slowStartPercent < 100) words.push(`slow start at ${Math.round(slowStartPercent)}%`);
  return words;
}

/**
 * Why the table is to be changed, in words: what is believed of the server, what it was last found to be, and what its
 * weight is made of.
 *
 * @param change The change.
 * @param options.service The service that it is about, with what becomes of it.
 * @param options.records What is believed of the servers.
 */
export function explainChange(
  change: Change,
  options: {
    readonly service: { readonly desired: DesiredService; readonly effective: EffectiveService } | undefined;
    readonly records: HealthRecords;
  },
): string {
  if (!("server" in change)) return "as the file says";
  const { service, records } = options;
  if (service === undefined) return "not in the file";
  const { desired, effective } = service;
  const server = effective.servers.find((each) => isSame(each.server, change.server));
  if (server !== undefined) return explainServer(server, { service: desired, records });
  if (desired.fallback === undefined || !isSame(desired.fallback, change.server)) {
    return change.operation === "editServer" ? "not in the file: it gets nothing new" : "not in the file";
  }
  return change.operation === "deleteServer" ? "the quorum is there" : "the quorum is lost";
}

function explainServer(
  { server, parts, isKept }: EffectiveServer,
  { service, records }: { readonly service: DesiredService; readonly records: HealthRecords },
): string {
  const words = [...explainWeight(parts), ...(isKept ? ["kept, for too few others are left"] : [])];
  const check = checkOf(service, server);
  if (check === undefined) return words.length === 0 ? "as the file says" : words.join("; ");
  const state = records.state(toProbeJob(server, check).key);
  const finding = lastFinding(state);
  return [finding === undefined ? state.health : `${state.health}: ${finding}`, ...words].join("; ");
}

function isSame(a: ServerId, b: ServerId): boolean {
  return formatServerId(a) === formatServerId(b);
}
