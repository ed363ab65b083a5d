import type { ServiceStatus } from "../../core/daemon/mod.ts";
import type { Slices } from "../../core/http/mod.ts";
import type { IpvsClient } from "../../core/ipvs/mod.ts";
import type { MetricFamily, MetricLevel } from "../../core/metrics/mod.ts";
import { type Change, formatServiceId, type ListedService, sortEntries } from "../../core/model/mod.ts";
import type { Clock } from "../../core/time/mod.ts";
import type { AboutDaemon } from "../format/status.ts";
import { failingServicesFirst, noCounts, type RankedService, rankServices, type StateCounts } from "./ranks.ts";

/** How long a snapshot is used for further requests; milliseconds. */
const FRESH_MS = 1000;

/** The parts of the daemon that the pages show. */
export interface SiteSource {
  /** Whether the results of checks arrive in time. */
  isAlive(): boolean;
  /** The process and its file. */
  about(): AboutDaemon;
  /** The services of the file, worked out when they are taken. */
  services(): Iterable<ServiceStatus>;
  /** Changes that are not possible yet, and the differences that the last comparison found. */
  problems(): { readonly failures: readonly string[]; readonly differences: readonly Change[] };
  /** The metrics that only the daemon knows. */
  metrics(services: readonly ServiceStatus[], level: MetricLevel): Iterable<MetricFamily>;
}

/** The kernel's table with its traffic. */
export type TrafficTable = Pick<IpvsClient, "listServices" | "listServers">;

/** Everything that the pages show, as it was within a moment. */
export interface Snapshot {
  /** The time of day; milliseconds since 1970. */
  readonly now: number;
  /** The process and its file. */
  readonly about: AboutDaemon;
  /** The services of the file. */
  readonly services: readonly ServiceStatus[];
  /** The same services with their states, the worst first. */
  readonly ranked: readonly RankedService[];
  /** The numbers of services and servers by their states. */
  readonly counts: StateCounts;
  /** The kernel's table, with its services in order. */
  readonly entries: readonly ListedService[];
  /** The entries by the names of their services. */
  readonly entriesById: ReadonlyMap<string, ListedService>;
  /** Why changes are not possible yet. */
  readonly failures: readonly string[];
  /** The differences that the last comparison found. */
  readonly differences: readonly Change[];
}

/** Options of {@linkcode Snapshots}. */
export interface SnapshotsOptions {
  /** The kernel's table. */
  readonly table: TrafficTable;
  /** Divides the work. */
  readonly slices: Slices;
  /** The source of time. */
  readonly clock: Clock;
  /** The time of day; milliseconds since 1970. */
  readonly timeOfDay: () => number;
}

/**
 * Makes snapshots, at most one at a time and one a second, however many clients ask: all requests within a second share
 * one.
 */
export class Snapshots implements Disposable {
  readonly #options: SnapshotsOptions;
  #present: Promise<Snapshot> | undefined;
  #timer: Disposable | undefined;

  /** Reads nothing yet. */
  constructor(options: SnapshotsOptions) {
    this.#options = options;
  }

  /**
   * The present snapshot, or a new one.
   *
   * @throws {LvsctlError} If the kernel's table cannot be read.
   */
  take(source: SiteSource): Promise<Snapshot> {
    return this.#present ??= this.#make(source);
  }

  async #make(source: SiteSource): Promise<Snapshot> {
    const { clock } = this.#options;
    try {
      return await this.#read(source);
    } finally {
      // Forgotten by a timer, because a large snapshot must not stay in memory.
      this.#timer = clock.setTimer(() => this.#present = undefined, FRESH_MS);
    }
  }

  /** Cancels its timer. */
  [Symbol.dispose](): void {
    this.#timer?.[Symbol.dispose]();
  }

  async #read(source: SiteSource): Promise<Snapshot> {
    const { table, slices, timeOfDay } = this.#options;
    const now = timeOfDay();
    const services = await slices.all(source.services());
    const entries = await slices.all(readEntries(table));
    const counts = noCounts();
    const ranked = await slices.all(rankServices(services, counts));
    return {
      now,
      about: source.about(),
      services,
      ranked: failingServicesFirst(ranked),
      counts,
      entries,
      entriesById: new Map(entries.map((entry) => [formatServiceId(entry.service.id), entry])),
      ...source.problems(),
    };
  }
}

function* readEntries(table: TrafficTable): Generator<ListedService, void, undefined> {
  // Sorted without the servers, because there may be many more.
  const services = sortEntries(table.listServices().map((entry) => ({ ...entry, servers: [] })));
  for (const entry of services) yield { ...entry, servers: table.listServers(entry.service.id) };
}
