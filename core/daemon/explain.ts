import { type HealthRecords, type HealthState, toProbeJob } from "../health/mod.ts";
import { type Change, checkOf, type DesiredService, formatServerId, type ServerId } from "../model/mod.ts";

/** What the last result of a server was, in words; undefined before the first. */
export function lastFinding({ history }: HealthState): string | undefined {
  const result = history.at(-1)?.result;
  return result === undefined ? undefined : result.ok ? result.detail : result.reason;
}

/**
 * Why the table is to be changed, in words: what is believed of the server, and what it was last found to be.
 *
 * @param change The change.
 * @param options.service The service that it is about, as the file declares it.
 * @param options.records What is believed of the servers.
 */
export function explainChange(
  change: Change,
  options: { readonly service: DesiredService | undefined; readonly records: HealthRecords },
): string {
  if (!("server" in change)) return "as the file says";
  const { service } = options;
  if (service === undefined) return "not in the file";
  const isConfigured = service.servers.some((server) => isSame(server, change.server));
  if (isConfigured) return explainServer(service, change.server, options.records);
  if (service.fallback === undefined || !isSame(service.fallback, change.server)) return "not in the file";
  return change.operation === "deleteServer" ? "the quorum is there" : "the quorum is lost";
}

function explainServer(service: DesiredService, server: ServerId, records: HealthRecords): string {
  const check = checkOf(service, server);
  if (check === undefined) return "as the file says";
  const state = records.state(toProbeJob(server, check).key);
  const finding = lastFinding(state);
  return finding === undefined ? state.health : `${state.health}: ${finding}`;
}

function isSame(a: ServerId, b: ServerId): boolean {
  return formatServerId(a) === formatServerId(b);
}
