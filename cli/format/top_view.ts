import {
  type ServerActivity,
  type ServiceActivity,
  type TableActivity,
  totalRates,
  type TrafficRates,
} from "../../core/model/mod.ts";
import type { TableHealth } from "./table_health.ts";

/** The orders of `top`, largest first; `name` is the order of `list`. */
export const TOP_ORDERS = ["rate", "connections", "packets", "bytes", "name"] as const;

/** One of {@linkcode TOP_ORDERS}. */
export type TopOrder = (typeof TOP_ORDERS)[number];

/** The columns of `top` after the names. */
export const TOP_COLUMNS = [
  "weight",
  "active",
  "inactive",
  "connections",
  "in-packets",
  "out-packets",
  "in-bytes",
  "out-bytes",
  "health",
] as const;

/** One of {@linkcode TOP_COLUMNS}. */
export type TopColumn = (typeof TOP_COLUMNS)[number];

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
  /** The columns after the names; undefined for all that have room. */
  readonly columns: readonly TopColumn[] | undefined;
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

/** The services of a view in its order, at most as many as its limit. */
export function orderedServices({ activity, order, limit }: TopView): readonly ServiceActivity[] {
  return ordered(activity.services, order, ({ activeConnections, rates }) => ({
    connections: activeConnections,
    rates,
  })).slice(0, limit);
}

/** The servers of a service in the order of a view, at most as many as its limit. */
export function orderedServers({ servers }: ServiceActivity, { order, limit }: TopView): readonly ServerActivity[] {
  return ordered(servers, order, ({ server, rates }) => ({ connections: server.activeConnections, rates }))
    .slice(0, limit);
}

/** The sums over the whole table, shown or not. */
export function totals({ services, overMs }: TableActivity): {
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
