import { formatServerId } from "./server.ts";
import { formatServiceId } from "./service.ts";
import type { ListedServer, ListedService, Traffic } from "./table.ts";

/**
 * How often the kernel brings the counters up to date that it shows; milliseconds. Between two readings that are closer
 * together they have moved by all of it or not at all.
 */
export const COUNTER_PERIOD_MS = 2000;

/** By how much a timer may have been early, or a reading quick, for two readings to be a period apart all the same. */
const TOLERANCE_MS = 50;

/** The table as it was at one moment. */
export interface TableReading {
  /** The moment, by a clock that never goes back; milliseconds. */
  readonly atMs: number;
  /** What there was. */
  readonly entries: readonly ListedService[];
}

/** Amounts of traffic per second. "In" is from the client. */
export type TrafficRates = { readonly [Amount in keyof Traffic]: number };

/** What goes on at a real server. */
export interface ServerActivity {
  /** The server as it was read last. */
  readonly server: ListedServer;
  /** Its traffic; undefined where the earlier reading does not have it. */
  readonly rates: TrafficRates | undefined;
}

/** What goes on at a virtual service. */
export interface ServiceActivity {
  /** The service as it was read last. */
  readonly entry: ListedService;
  /** Its traffic; undefined where the earlier reading does not have it. */
  readonly rates: TrafficRates | undefined;
  /** Connections of its servers in an active state. */
  readonly activeConnections: number;
  /** All other connections of its servers. */
  readonly inactiveConnections: number;
  /** Its servers. */
  readonly servers: readonly ServerActivity[];
}

/** What goes on in the table. */
export interface TableActivity {
  /** The time between the readings; milliseconds. Undefined where there is only one. */
  readonly overMs: number | undefined;
  /** The services of the later reading. */
  readonly services: readonly ServiceActivity[];
}

/**
 * What goes on by two readings of the table.
 *
 * Of what only the later one has there are no rates: a server that comes back while the kernel still remembers it goes
 * on counting where it was. Counters that went back were zeroed in between, and have counted since then.
 *
 * @param earlier Undefined where there is none yet.
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
 * Traffic per second, from counters before and after; of counters that went back, what they have counted since they were
 * zeroed, which is no more than there was.
 *
 * @param options.overMs The time between; milliseconds, more than 0.
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

/** The sum of rates; those that are undefined are left out. */
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
 * Those of the readings that are needed still, in their order: the last one that is at least as old as the kernel's
 * counters, and all after it. Where none is as old, all of them.
 *
 * @param readings In the order of time.
 * @param atMs Now, by the clock of the readings; milliseconds.
 */
export function recentReadings(readings: readonly TableReading[], atMs: number): readonly TableReading[] {
  return readings.slice(Math.max(0, readings.findLastIndex((reading) => isComparable(reading, atMs))));
}

/** Whether a reading is old enough for rates to be made of it and of one that is made at a moment. */
export function isComparable(reading: TableReading, atMs: number): boolean {
  return atMs - reading.atMs >= COUNTER_PERIOD_MS - TOLERANCE_MS;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
