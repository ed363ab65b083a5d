import { formatServerId } from "./server.ts";
import { formatServiceId } from "./service.ts";
import type { ListedServer, ListedService, Traffic } from "./table.ts";

/**
 * Period of the kernel's updates of the counters that it reports; milliseconds. Between two readings that are closer
 * together, the counters have changed by a whole period or not at all.
 */
export const COUNTER_PERIOD_MS = 2000;

/** How much two readings may be closer together than a period and still count as one apart: timers can be early. */
const TOLERANCE_MS = 50;

/** The table as it was at one moment. */
export interface TableReading {
  /** The moment, by a monotonic clock; milliseconds. */
  readonly atMs: number;
  /** The services with their counters. */
  readonly entries: readonly ListedService[];
}

/** Amounts of traffic per second. "In" is from the client. */
export type TrafficRates = { readonly [Amount in keyof Traffic]: number };

/** Activity of a real server. */
export interface ServerActivity {
  /** The server in the later reading. */
  readonly server: ListedServer;
  /** Its traffic; undefined if it is not in the earlier reading. */
  readonly rates: TrafficRates | undefined;
}

/** Activity of a virtual service. */
export interface ServiceActivity {
  /** The service in the later reading. */
  readonly entry: ListedService;
  /** Its traffic; undefined if it is not in the earlier reading. */
  readonly rates: TrafficRates | undefined;
  /** Connections of its servers in an active state. */
  readonly activeConnections: number;
  /** All other connections of its servers. */
  readonly inactiveConnections: number;
  /** Its servers. */
  readonly servers: readonly ServerActivity[];
}

/** Activity of the table. */
export interface TableActivity {
  /** Time between the readings; milliseconds. Undefined if there is only one. */
  readonly overMs: number | undefined;
  /** The services of the later reading. */
  readonly services: readonly ServiceActivity[];
}

/**
 * Computes the activity between two readings of the table.
 *
 * A service or server that only the later reading has gets no rates, because the counters of one that returns while the
 * kernel still remembers it continue from their former values. Counters that decreased were zeroed in between.
 *
 * @param earlier The earlier reading; undefined if there is none yet.
 */
export function tableActivity(earlier: TableReading | undefined, later: TableReading): TableActivity {
  const overMs = earlier === undefined ? undefined : later.atMs - earlier.atMs;
  const former = new Map(earlier?.entries.map((entry) => [formatServiceId(entry.service.id), entry]));
  const ratesOf = (before: Counted | undefined, after: Counted): TrafficRates | undefined =>
    before === undefined || overMs === undefined || overMs <= 0
      ? undefined
      : trafficRates(before.statistics.counters, after.statistics.counters, { overMs });
  const services = later.entries.map((entry): ServiceActivity => {
    const before = former.get(formatServiceId(entry.service.id));
    const formerServers = new Map(before?.servers.map((server) => [formatServerId(server), server]));
    return {
      entry,
      rates: ratesOf(before, entry),
      activeConnections: sum(entry.servers.map(({ activeConnections }) => activeConnections)),
      inactiveConnections: sum(entry.servers.map(({ inactiveConnections }) => inactiveConnections)),
      servers: entry.servers.map((server) => ({
        server,
        rates: ratesOf(formerServers.get(formatServerId(server)), server),
      })),
    };
  });
  return { overMs, services };
}

type Counted = Pick<ListedServer, "statistics">;

/**
 * Traffic per second, from counters before and after. Counters that decreased were zeroed in between; their rates are
 * then of the traffic since, which is a lower bound.
 *
 * @param options.overMs Time between the two; milliseconds, more than 0.
 */
export function trafficRates(before: Traffic, after: Traffic, options: { readonly overMs: number }): TrafficRates {
  const wasZeroed = AMOUNTS.some((amount) => after[amount] < before[amount]);
  const seconds = options.overMs / 1000;
  const rate = (amount: keyof Traffic): number => Number(after[amount] - (wasZeroed ? 0n : before[amount])) / seconds;
  return {
    connections: rate("connections"),
    inPackets: rate("inPackets"),
    outPackets: rate("outPackets"),
    inBytes: rate("inBytes"),
    outBytes: rate("outBytes"),
  };
}

const AMOUNTS = ["connections", "inPackets", "outPackets", "inBytes", "outBytes"] as const;

/** The sum of rates, without the undefined ones. */
export function totalRates(rates: readonly (TrafficRates | undefined)[]): TrafficRates {
  const total = (amount: keyof Traffic): number => sum(rates.map((each) => each?.[amount] ?? 0));
  return {
    connections: total("connections"),
    inPackets: total("inPackets"),
    outPackets: total("outPackets"),
    inBytes: total("inBytes"),
    outBytes: total("outBytes"),
  };
}

/**
 * The readings that are still needed, in their order: the last one that is at least a period of the kernel's counters
 * old, and all later ones. All readings, if none is that old.
 *
 * @param readings The readings in order of time.
 * @param atMs Now, by the clock of the readings; milliseconds.
 */
export function recentReadings(readings: readonly TableReading[], atMs: number): readonly TableReading[] {
  return readings.slice(Math.max(0, readings.findLastIndex((reading) => isComparable(reading, atMs))));
}

/** Whether a reading is old enough to compute rates from it and a reading at the given moment. */
export function isComparable(reading: TableReading, atMs: number): boolean {
  return atMs - reading.atMs >= COUNTER_PERIOD_MS - TOLERANCE_MS;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
