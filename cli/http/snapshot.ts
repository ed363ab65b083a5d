import type { ServiceStatus } from "../../core/daemon/mod.ts";
import type { Slices } from "../../core/http/mod.ts";
import type { IpvsClient } from "../../core/ipvs/mod.ts";
import type { MetricFamily } from "../../core/metrics/mod.ts";
import type { TableReader } from "../../core/follow/mod.ts";
import {
  type Change,
  formatServiceId,
  type ListedServer,
  type ListedService,
  type MetricLevel,
  type ServiceId,
  sortEntries,
} from "../../core/model/mod.ts";
import type { Clock } from "../../core/time/mod.ts";
import type { RouterStatus } from "../../core/vrrp/mod.ts";
import type { AboutDaemon } from "../format/status.ts";
import { failingServicesFirst, noCounts, type RankedService, rankServices, type StateCounts } from "./ranks.ts";
import { type SnapshotReader, SnapshotReaders } from "./snapshot_readers.ts";

/** How long a snapshot is used for further requests; milliseconds. */
const FRESH_MS = 1000;

/** The parts of the daemon that the pages show. */
export interface SiteSource {
  /** Whether the results of checks arrive in time. */
  isAlive(): boolean;
  /** The process and its file. */
  about(): AboutDaemon;
  /**
   * The services of the file, worked out when they are taken.
   *
   * @param table The kernel's table, as it was read for the same snapshot.
   * @returns Undefined stands for a pause for other work.
   */
  services(table: TableReader): Iterable<ServiceStatus | undefined>;
  /** Changes that are not possible yet, and the differences that the last comparison found. */
  problems(): { readonly failures: readonly string[]; readonly differences: readonly Change[] };
  /** The virtual routers. */
  routers(): readonly RouterStatus[];
  /** The metrics that only the daemon knows. */
  metrics(services: readonly ServiceStatus[], level: MetricLevel): Iterable<MetricFamily>;
}

/** The kernel's table with its traffic, read in steps over a connection of its own. */
export type TrafficTable = Pick<IpvsClient, "listServicesInSteps" | "listServersInSteps">;

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
  /** The virtual routers. */
  readonly routers: readonly RouterStatus[];
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
  readonly #readers: SnapshotReaders;
  #present: Promise<Snapshot> | undefined;
  #timer: Disposable | undefined;
  #hasEnded = false;

  /** Reads nothing yet. */
  constructor(options: SnapshotsOptions) {
    this.#options = options;
    this.#readers = new SnapshotReaders(options.clock);
  }

  /**
   * The present snapshot, or a new one.
   *
   * @throws {LvsctlError} If the kernel's table cannot be read, or slow readers leave no room for another snapshot.
   */
  async take(source: SiteSource): Promise<Snapshot> {
    if (this.#present === undefined) {
      this.#readers.requireRoom();
      this.#present = this.#make(source);
    }
    return await this.#present;
  }

  /** Adds a reader that keeps a snapshot in memory until it is disposed of. */
  hold(snapshot: object): SnapshotReader {
    return this.#readers.add(snapshot);
  }

  async #make(source: SiteSource): Promise<Snapshot> {
    const { clock } = this.#options;
    try {
      return await this.#read(source);
    } finally {
      // Forgotten by a timer, because a large snapshot must not stay in memory.
      if (!this.#hasEnded) this.#timer = clock.setTimer(() => this.#present = undefined, FRESH_MS);
    }
  }

  /** Cancels its timer. */
  [Symbol.dispose](): void {
    this.#hasEnded = true;
    this.#timer?.[Symbol.dispose]();
  }

  async #read(source: SiteSource): Promise<Snapshot> {
    const { table, slices, timeOfDay } = this.#options;
    const now = timeOfDay();
    const entries = await slices.all(readEntries(table));
    const entriesById = new Map(entries.map((entry) => [formatServiceId(entry.service.id), entry]));
    const services = await slices.all(source.services(tableReader(entries, entriesById)));
    const counts = noCounts();
    const ranked = await slices.all(rankServices(services, counts));
    return {
      now,
      about: source.about(),
      services,
      ranked: failingServicesFirst(ranked),
      counts,
      entries,
      entriesById,
      routers: source.routers(),
      ...source.problems(),
    };
  }
}

function* readEntries(table: TrafficTable): Generator<ListedService | undefined, void, undefined> {
  const listed = yield* table.listServicesInSteps();
  // Sorted without the servers, because there may be many more.
  const services = sortEntries(listed.map((entry) => ({ ...entry, servers: [] })));
  yield;
  for (const entry of services) {
    yield { ...entry, servers: yield* table.listServersInSteps(entry.service.id) };
  }
}

/** The table that was read for a snapshot, so that the decisions need no second reading. */
function tableReader(
  entries: readonly ListedService[],
  entriesById: ReadonlyMap<string, ListedService>,
): TableReader {
  const servers = (id: ServiceId): readonly ListedServer[] => entriesById.get(formatServiceId(id))?.servers ?? [];
  return { services: () => entries.map(({ service }) => service), servers, countedServers: servers };
}
