import {
  formatServerId,
  formatServiceId,
  type ServerActivity,
  type ServiceActivity,
  type TableActivity,
  totalRates,
  type TrafficRates,
} from "../../core/model/mod.ts";
import { alignColumns } from "./columns.ts";
import type { Json } from "./json.ts";
import { formatRate } from "./rate.ts";
import { describeService, TRAFFIC_TITLES } from "./table.ts";
import type { ServiceHealth, TableHealth } from "./table_health.ts";

/** The version of {@linkcode topJson}: it grows if a key is removed or changes its meaning. */
const VERSION = 1;

/** The orders of `top`, largest first; `name` is the order of `list`. */
export const TOP_ORDERS = ["rate", "connections", "packets", "bytes", "name"] as const;

/** One of {@linkcode TOP_ORDERS}. */
export type TopOrder = (typeof TOP_ORDERS)[number];

/** One view of `top`. */
export interface TopView {
  /** The activity of the table, in the order of `list`. */
  readonly activity: TableActivity;
  /** The health of the servers; undefined without a daemon. */
  readonly health: TableHealth | undefined;
  /** Whether the kernel updates its counters; otherwise all rates are 0. */
  readonly isCounting: boolean;
  /** The time of day; milliseconds since 1970. */
  readonly now: number;
  /** The order of services and servers. */
  readonly order: TopOrder;
  /** The largest number of services, and of servers for each, that is shown; undefined for all. */
  readonly limit: number | undefined;
}

/** The values that services and servers are ordered by. */
interface Busyness {
  readonly connections: number;
  readonly rates: TrafficRates | undefined;
}

const MEASURES: Readonly<Record<TopOrder, (busyness: Busyness) => number>> = {
  rate: ({ rates }) => rates?.connections ?? 0,
  connections: ({ connections }) => connections,
  packets: ({ rates }) => rates === undefined ? 0 : rates.inPackets + rates.outPackets,
  bytes: ({ rates }) => rates === undefined ? 0 : rates.inBytes + rates.outBytes,
  name: () => 0,
};

/** Sorts by an order, largest first; equal items keep their places. */
function ordered<T>(items: readonly T[], order: TopOrder, of: (item: T) => Busyness): readonly T[] {
  const measure = MEASURES[order];
  return items.map((item) => ({ item, amount: measure(of(item)) }))
    .sort((a, b) => b.amount - a.amount)
    .map(({ item }) => item);
}

function orderedServices({ activity, order, limit }: TopView): readonly ServiceActivity[] {
  return ordered(activity.services, order, ({ activeConnections, rates }) => ({
    connections: activeConnections,
    rates,
  })).slice(0, limit);
}

function orderedServers({ servers }: ServiceActivity, { order, limit }: TopView): readonly ServerActivity[] {
  return ordered(servers, order, ({ server, rates }) => ({ connections: server.activeConnections, rates }))
    .slice(0, limit);
}

/** The sums over the whole table, shown or not. */
function totals({ services, overMs }: TableActivity): {
  readonly services: number;
  readonly servers: number;
  readonly active: number;
  readonly inactive: number;
  readonly rates: TrafficRates | undefined;
} {
  const sum = (count: (service: ServiceActivity) => number): number =>
    services.reduce((total, service) => total + count(service), 0);
  return {
    services: services.length,
    servers: sum(({ servers }) => servers.length),
    active: sum(({ activeConnections }) => activeConnections),
    inactive: sum(({ inactiveConnections }) => inactiveConnections),
    rates: overMs === undefined ? undefined : totalRates(services.map(({ rates }) => rates)),
  };
}

const TITLES = ["WEIGHT", "ACTIVE", "INACTIVE", ...TRAFFIC_TITLES.map((title) => `${title}/S`), "HEALTH"] as const;

/** A view as text: a line of totals, a line for each service, its servers below it. */
export function formatTop(view: TopView): string {
  const { activity, health, now, limit = Infinity } = view;
  const total = totals(activity);
  const rows = [
    ["VIRTUAL SERVICE, SCHEDULER"],
    ["  -> REAL SERVER", ...TITLES.slice(0, health === undefined ? -1 : TITLES.length)],
    ["TOTAL", "", String(total.active), String(total.inactive), ...rateCells(total.rates)],
  ];
  for (const service of orderedServices(view)) {
    const name = formatServiceId(service.entry.service.id);
    const known = health?.get(name);
    const suffix = known?.name === undefined ? "" : ` (${known.name})`;
    rows.push([
      `${name}${suffix}  ${describeService(service.entry.service)}`,
      "",
      String(service.activeConnections),
      String(service.inactiveConnections),
      ...rateCells(service.rates),
      known === undefined ? "" : describeHealth(known),
    ]);
    for (const server of orderedServers(service, view)) rows.push(serverCells(server, known));
    if (service.servers.length > limit) rows.push([`  (${service.servers.length - limit} more)`]);
  }
  const over = activity.overMs === undefined ? "" : `, rates over ${(activity.overMs / 1000).toFixed(1)}s`;
  const counts = `${count(total.services, "virtual service")}, ${count(total.servers, "real server")}`;
  const warning = view.isCounting ? "" : `; the kernel does not update its counters: net.ipv4.vs.run_estimation is 0`;
  const head = `${new Date(now).toISOString().slice(0, 19)}Z: ${counts}${over}${warning}`;
  const more = total.services > limit ? [`(${count(total.services - limit, "more virtual service")})`] : [];
  const lines = alignColumns(rows, ["left", ...TITLES.map((title) => title === "HEALTH" ? "left" : "right")]);
  return [head, ...lines, ...more].map((line) => `${line}\n`).join("");
}

function serverCells({ server, rates }: ServerActivity, known: ServiceHealth | undefined): string[] {
  const address = formatServerId(server);
  const word = known?.servers.get(address);
  return [
    `  -> ${address}`,
    String(server.weight),
    String(server.activeConnections),
    String(server.inactiveConnections),
    ...rateCells(rates),
    word === undefined ? "" : word ?? "unchecked",
  ];
}

function describeHealth({ serving, configured, quorumMet }: ServiceHealth): string {
  return `${serving} of ${configured} serve${quorumMet ? "" : ", below its quorum"}`;
}

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? "" : "s"}`;
}

function rateCells(rates: TrafficRates | undefined): string[] {
  if (rates === undefined) return TRAFFIC_TITLES.map(() => "-");
  const { connections, inPackets, outPackets, inBytes, outBytes } = rates;
  return [connections, inPackets, outPackets, inBytes, outBytes].map(formatRate);
}

/** A view as JSON. */
export function topJson(view: TopView): { readonly [key: string]: Json } {
  const { activity, health, now } = view;
  const total = totals(activity);
  return {
    version: VERSION,
    time: new Date(now).toISOString(),
    over_ms: activity.overMs === undefined ? null : Math.round(activity.overMs),
    counting: view.isCounting,
    daemon: health !== undefined,
    total: {
      services: total.services,
      servers: total.servers,
      active_connections: total.active,
      inactive_connections: total.inactive,
      rates: ratesJson(total.rates),
    },
    services: orderedServices(view).map((service) => {
      const name = formatServiceId(service.entry.service.id);
      const known = health?.get(name);
      return {
        service: name,
        name: known?.name ?? null,
        scheduler: service.entry.service.scheduler,
        serving: known?.serving ?? null,
        configured: known?.configured ?? null,
        quorum_met: known?.quorumMet ?? null,
        active_connections: service.activeConnections,
        inactive_connections: service.inactiveConnections,
        rates: ratesJson(service.rates),
        servers: orderedServers(service, view).map((server) => serverJson(server, known)),
      };
    }),
  };
}

function serverJson({ server, rates }: ServerActivity, known: ServiceHealth | undefined): Json {
  const address = formatServerId(server);
  return {
    address,
    forward: server.forward,
    weight: server.weight,
    health: known?.servers.get(address) ?? null,
    active_connections: server.activeConnections,
    inactive_connections: server.inactiveConnections,
    persistent_connections: server.persistentConnections,
    rates: ratesJson(rates),
  };
}

/** Rates per second, rounded to thousandths. */
function ratesJson(rates: TrafficRates | undefined): Json {
  if (rates === undefined) return null;
  const exact = (value: number): number => Math.round(value * 1000) / 1000;
  return {
    connections: exact(rates.connections),
    in_packets: exact(rates.inPackets),
    out_packets: exact(rates.outPackets),
    in_bytes: exact(rates.inBytes),
    out_bytes: exact(rates.outBytes),
  };
}
