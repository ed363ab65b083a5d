import type { RoundResult } from "../../core/health/mod.ts";
import {
  counted,
  formatQuorum,
  formatServerId,
  formatServiceId,
  type ListedService,
  listNames,
  type Traffic,
} from "../../core/model/mod.ts";
import type { ExitCode } from "../../core/errors/mod.ts";
import { type PerformanceValue, PLUGIN_STATUS, pluginLine, type PluginState } from "./plugin_line.ts";
import { isOutside, type PluginRange } from "./plugin_range.ts";
import { healthOf } from "./round.ts";
import type { ShownServer, ShownService } from "./status_view.ts";

/** A server as a monitoring plugin reports it. */
export type PluginServer = Pick<ShownServer, "address" | "health" | "result">;

/** A service as a monitoring plugin reports it. */
export interface PluginService extends Pick<ShownService, "id" | "name" | "lostQuorum" | "fallback" | "unresolved"> {
  /** Its servers. */
  readonly servers: readonly PluginServer[];
}

/** What a monitoring plugin reports. */
export interface PluginFacts {
  /** The services that decide the state. */
  readonly services: readonly PluginService[];
  /** The numbers of unhealthy servers that are no warning; 0 by default. */
  readonly warning?: PluginRange | undefined;
  /** The numbers of unhealthy servers that are not critical; any by default. */
  readonly critical?: PluginRange | undefined;
  /** Other reasons for a warning, each in a few words. */
  readonly problems?: readonly string[] | undefined;
  /** More performance data. */
  readonly values?: readonly PerformanceValue[] | undefined;
}

/** The answer of a monitoring plugin. */
export interface PluginReport {
  /** The exit status. */
  readonly status: ExitCode;
  /** The line to print, with its line end. */
  readonly line: string;
}

/** The thresholds of {@linkcode PluginFacts}. */
export type PluginThresholds = Pick<PluginFacts, "warning" | "critical">;

/** No unhealthy server. */
const NONE: PluginRange = { text: "", least: 0, most: 0, isInverse: false };

/**
 * The answer of a monitoring plugin about services: CRITICAL if one is below its quorum or on its fallback, WARNING if
 * a server is unhealthy, UNKNOWN if a server is not checked yet or there is no service, otherwise OK.
 */
export function pluginReport(
  { services, warning = NONE, critical, problems = [], values = [] }: PluginFacts,
): PluginReport {
  const servers = services.flatMap((service) => service.servers.map((server) => ({ service, server })));
  const withHealth = (health: string): typeof servers => servers.filter(({ server }) => server.health === health);
  const [unhealthy, unknown] = [withHealth("unhealthy"), withHealth("unknown")];
  const below = services.filter(({ lostQuorum }) => lostQuorum !== undefined);
  const onFallback = services.filter(({ fallback }) => fallback !== undefined);
  const unresolved = services.flatMap((service) => service.unresolved.map((host) => `${host} of ${nameOf(service)}`));
  const state = stateOf({
    critical: below.length + onFallback.length +
      Number(critical !== undefined && isOutside(critical, unhealthy.length)),
    warning: Number(isOutside(warning, unhealthy.length)) + unresolved.length + problems.length,
    unknown: services.length === 0 ? 1 : unknown.length,
  });
  const rows: readonly ListRow[] = [
    [
      `${below.length} of ${counted(services.length, "service")} below quorum`,
      below.map((service) => `${nameOf(service)} (quorum ${service.lostQuorum})`),
    ],
    [
      `fallback in use for ${counted(onFallback.length, "service")}`,
      onFallback.map((service) => `${nameOf(service)} (${service.fallback})`),
    ],
    [`${unhealthy.length} of ${counted(servers.length, "server")} unhealthy`, unhealthy.map(serverText)],
    [`${counted(unresolved.length, "host name")} without an address`, unresolved],
    [`${unknown.length} of ${counted(servers.length, "server")} without a result`, unknown.map(serverText)],
  ];
  const parts = [
    ...rows.flatMap(([what, names]) => names.length === 0 ? [] : [`${what}: ${listNames(names)}`]),
    ...problems,
  ];
  const all = services.length === 0
    ? "there is no service"
    : `${counted(services.length, "service")}, ${counted(servers.length, "server")} healthy`;
  const healthy = servers.length - unhealthy.length - unknown.length;
  return {
    status: PLUGIN_STATUS[state],
    line: pluginLine(state, parts.length === 0 ? all : parts.join("; "), {
      values: [
        { label: "healthy", value: healthy, most: servers.length },
        {
          label: "unhealthy",
          value: unhealthy.length,
          most: servers.length,
          ranges: { warning: warning.text, critical: critical?.text },
        },
        { label: "below_quorum", value: below.length, most: services.length },
        ...values,
      ],
    }),
  };
}

/** A text, and the names to list behind it. */
type ListRow = readonly [what: string, names: readonly string[]];

function stateOf(counts: { readonly [State in Exclude<PluginState, "ok">]: number }): PluginState {
  return (["critical", "warning", "unknown"] as const).find((state) => counts[state] > 0) ?? "ok";
}

function nameOf({ id, name = id }: PluginService): string {
  return name;
}

/** A server with its reason; the reason is short because five servers share a line. */
function serverText({ service, server }: { readonly service: PluginService; readonly server: PluginServer }): string {
  const { address, result = "not checked yet" } = server;
  const reason = result.length > MOST_REASON ? `${result.slice(0, MOST_REASON - 3)}...`.toWellFormed() : result;
  return `${address} of ${nameOf(service)} (${reason})`;
}

/** The longest reason of a server; characters. */
const MOST_REASON = 80;

/** The answer of a monitoring plugin about a round of checks. */
export function roundReport({ services, durationMs }: RoundResult, thresholds: PluginThresholds = {}): PluginReport {
  return pluginReport({
    ...thresholds,
    services: services.map(({ desired, servers, quorumMet }) => ({
      id: formatServiceId(desired.service.id),
      name: desired.name,
      lostQuorum: quorumMet ? undefined : formatQuorum(desired.quorum),
      fallback: undefined,
      unresolved: (desired.unresolved ?? []).map(({ host }) => host),
      servers: servers.map(({ server, result }) => ({
        address: formatServerId(server),
        health: result === undefined ? undefined : healthOf(result),
        result: result === undefined ? undefined : result.ok ? result.detail : result.reason,
      })),
    })),
    values: [{ label: "time", value: Number((durationMs / 1000).toFixed(3)), unit: "s" }],
  });
}

/** The connections and the traffic of services in the table, as performance data. */
export function trafficValues(entries: readonly ListedService[]): readonly PerformanceValue[] {
  const servers = entries.flatMap((entry) => entry.servers);
  const sum = (key: keyof Traffic): bigint =>
    entries.reduce((total, { statistics }) => total + statistics.counters[key], 0n);
  return [
    { label: "active", value: servers.reduce((total, { activeConnections }) => total + activeConnections, 0) },
    { label: "inactive", value: servers.reduce((total, { inactiveConnections }) => total + inactiveConnections, 0) },
    { label: "conns", value: sum("connections"), unit: "c" },
    { label: "bytes_in", value: sum("inBytes"), unit: "c" },
    { label: "bytes_out", value: sum("outBytes"), unit: "c" },
  ];
}
