import {
  type CountedServer,
  formatServerId,
  formatServiceId,
  type ListedServer,
  type ListedService,
  type MetricLevel,
  type Traffic,
} from "../model/mod.ts";
import type { Labels, MetricFamily } from "./family.ts";
import { KeptRows, RowSamples } from "./samples.ts";

/** The number of real servers above which they are left out by default: a scrape of more takes longer than it may. */
export const MOST_SERVERS = 10_000;

/** Options of {@linkcode tableMetrics}. */
export interface TableMetricsOptions {
  /**
   * How much of the table.
   *
   * @default {"server", up to MOST_SERVERS; "service" above}
   */
  readonly level?: MetricLevel | undefined;
  /** The names of services in the file, by their identities as {@linkcode formatServiceId} writes them. */
  readonly names?: ReadonlyMap<string, string> | undefined;
}

/** A service with the labels of all of its samples. */
interface Row {
  readonly entry: ListedService;
  readonly labels: Labels;
}

/** A server with the labels of all of its samples. */
interface ServerRow {
  readonly server: ListedServer;
  readonly labels: Labels;
}

/** A family of the traffic's counters. */
type CounterRow = readonly [key: keyof Traffic, name: string, unit: string | undefined, help: string];

const COUNTERS: readonly CounterRow[] = [
  ["connections", "connections", undefined, "Connections scheduled"],
  ["inPackets", "incoming_packets", undefined, "Packets from clients"],
  ["outPackets", "outgoing_packets", undefined, "Packets to clients; 0 for dr and tun"],
  ["inBytes", "incoming_bytes", "bytes", "Bytes from clients"],
  ["outBytes", "outgoing_bytes", "bytes", "Bytes to clients; 0 for dr and tun"],
];

/** A family of numbers of connections. */
type ConnectionRow = readonly [
  key: "activeConnections" | "inactiveConnections" | "persistentConnections",
  name: string,
  help: string,
];

const CONNECTIONS: readonly ConnectionRow[] = [
  ["activeConnections", "active_connections", "Connections in an active state (TCP: established)"],
  ["inactiveConnections", "inactive_connections", "Connections in any other state"],
  ["persistentConnections", "persistent_connections", "Persistence templates"],
];

/**
 * The metrics of the kernel's table.
 *
 * Labels are identities alone, never what a server answered or a client sent: their number is bounded by the table.
 */
export function* tableMetrics(
  entries: readonly ListedService[],
  options: TableMetricsOptions = {},
): Generator<MetricFamily, void, undefined> {
  const serverCount = countServers(entries);
  const { level = levelOf(entries), names } = options;
  yield gauge("lvsctl_ipvs_services", "Virtual services in the kernel", [{ value: entries.length }]);
  yield gauge("lvsctl_ipvs_servers", "Real servers in the kernel, of all services", [{ value: serverCount }]);
  if (level === "summary") return;
  const rows = entries.map((entry): Row => {
    return { entry, labels: { virtual_service: formatServiceId(entry.service.id) } };
  });
  yield* serviceMetrics(rows, names);
  if (level === "service") return;
  yield* serverMetrics(
    new KeptRows(function* (): Generator<ServerRow, void, undefined> {
      for (const { entry: { servers }, labels } of rows) {
        for (const server of servers) yield { server, labels: { ...labels, real_server: formatServerId(server) } };
      }
    }),
  );
}

/** The default level of a table. */
export function levelOf(entries: readonly ListedService[]): MetricLevel {
  return countServers(entries) > MOST_SERVERS ? "service" : "server";
}

function countServers(entries: readonly ListedService[]): number {
  return entries.reduce((sum, { servers }) => sum + servers.length, 0);
}

function* serviceMetrics(
  rows: readonly Row[],
  names: TableMetricsOptions["names"],
): Generator<MetricFamily, void, undefined> {
  yield {
    name: "lvsctl_service",
    type: "info",
    help: "Settings of a virtual service",
    samples: new RowSamples(rows, ({ entry }, add) => add(1, serviceInfo(entry, names))),
  };
  for (const [key, name, unit, help] of COUNTERS) {
    yield {
      name: `lvsctl_service_${name}`,
      type: "counter",
      unit,
      help,
      samples: new RowSamples(rows, ({ entry }, add) => add(entry.statistics.counters[key])),
    };
  }
  for (const [key, name, help] of CONNECTIONS) {
    yield gauge(
      `lvsctl_service_${name}`,
      `${help}, of all real servers in the table`,
      new RowSamples(rows, ({ entry }, add) => add(total(entry, (server) => server[key]))),
    );
  }
  yield gauge(
    "lvsctl_service_weight",
    "Sum of the weights in the table",
    new RowSamples(rows, ({ entry }, add) => add(total(entry, ({ weight }) => weight))),
  );
}

function* serverMetrics(rows: Iterable<ServerRow>): Generator<MetricFamily, void, undefined> {
  yield {
    name: "lvsctl_server",
    type: "info",
    help: "Settings of a real server in the table",
    samples: new RowSamples(rows, ({ server: { forward } }, add) => add(1, { forward })),
  };
  yield gauge(
    "lvsctl_server_weight",
    "Weight in the table",
    new RowSamples(rows, ({ server }, add) => add(server.weight)),
  );
  for (const [key, name, help] of CONNECTIONS) {
    yield gauge(`lvsctl_server_${name}`, help, new RowSamples(rows, ({ server }, add) => add(server[key])));
  }
  for (const [key, name, unit, help] of COUNTERS) {
    yield {
      name: `lvsctl_server_${name}`,
      type: "counter",
      unit,
      help,
      samples: new RowSamples(rows, ({ server }, add) => add(server.statistics.counters[key])),
    };
  }
  const limited = new KeptRows(function* (): Generator<ServerRow, void, undefined> {
    for (const row of rows) if (row.server.upperThreshold > 0) yield row;
  });
  yield gauge(
    "lvsctl_server_upper_threshold",
    "Connections at which a real server gets no new ones",
    new RowSamples(limited, ({ server }, add) => add(server.upperThreshold)),
  );
  yield gauge(
    "lvsctl_server_lower_threshold",
    "Connections below which a real server gets new ones again",
    new RowSamples(limited, ({ server }, add) => add(lowerThreshold(server))),
  );
  yield gauge(
    "lvsctl_server_overloaded",
    "Whether a real server has reached its upper threshold; absent between both thresholds",
    new RowSamples(limited, ({ server }, add) => {
      const value = overload(server);
      if (value !== undefined) add(value);
    }),
  );
}

/** As the kernel takes it: three quarters of the upper threshold if none is set. */
function lowerThreshold({ upperThreshold, lowerThreshold }: CountedServer): number {
  return lowerThreshold > 0 ? lowerThreshold : Math.floor(upperThreshold * 3 / 4);
}

/** 1 at the upper threshold, 0 below the lower one; between them it depends on which of them was crossed last. */
function overload(server: CountedServer): 0 | 1 | undefined {
  const { upperThreshold: upper, lowerThreshold: lower } = server;
  const connections = server.activeConnections + server.inactiveConnections;
  if (connections >= upper) return 1;
  return lower > 0 ? connections < lower ? 0 : undefined : 4 * connections < 3 * upper ? 0 : undefined;
}

/** The four last labels are the labels of node_exporter's series too, so that both can be joined. */
function serviceInfo({ service }: ListedService, names: TableMetricsOptions["names"]): Labels {
  const { id, scheduler, persistence } = service;
  const place = id.kind === "fwmark"
    ? { local_address: "", local_port: "0", proto: "FWM", local_mark: formatMark(id.mark) }
    : {
      local_address: id.address,
      local_port: String(id.port),
      proto: id.protocol.toUpperCase(),
      local_mark: "",
    };
  return {
    name: names?.get(formatServiceId(id)) ?? "",
    scheduler,
    persistence: persistence === undefined ? "" : `${persistence.timeoutSeconds}s`,
    ...place,
  };
}

/** A firewall mark as /proc/net/ip_vs has it: hexadecimal, without a prefix. */
function formatMark(mark: number): string {
  return mark.toString(16).toUpperCase().padStart(8, "0");
}

/** The metrics of node_exporter's collector `ipvs`, for dashboards that exist. */
export function* nodeExporterMetrics(
  entries: readonly ListedService[],
): Generator<MetricFamily, void, undefined> {
  for (const [key, name, unit, help] of COUNTERS) {
    const value = entries.reduce((sum, { statistics }) => sum + statistics.counters[key], 0n);
    yield { name: `node_ipvs_${name}`, type: "counter", unit, help, samples: [{ value }] };
  }
  const rows = new KeptRows(() => backendRows(entries));
  const backend = (name: string, help: string, value: (server: ListedServer) => number): MetricFamily =>
    gauge(`node_ipvs_backend_${name}`, help, new RowSamples(rows, ({ server }, add) => add(value(server))));
  yield backend("connections_active", "Active connections of a real server", (server) => server.activeConnections);
  yield backend("connections_inactive", "Other connections of a real server", (server) => server.inactiveConnections);
  yield backend("weight", "Weight of a real server", ({ weight }) => weight);
}

function* backendRows(entries: readonly ListedService[]): Generator<ServerRow, void, undefined> {
  for (const entry of entries) {
    const { local_address = "", local_port = "", proto = "", local_mark = "" } = serviceInfo(entry, undefined);
    for (const server of entry.servers) {
      const remote = { "remote_address": server.address, "remote_port": String(server.port) };
      yield { server, labels: { local_address, local_port, ...remote, proto, local_mark } };
    }
  }
}

function gauge(name: string, help: string, samples: MetricFamily["samples"]): MetricFamily {
  return { name, type: "gauge", help, samples };
}

function total({ servers }: ListedService, value: (server: ListedServer) => number): number {
  return servers.reduce((sum, server) => sum + value(server), 0);
}
