import type { ServiceStatus } from "../../core/daemon/mod.ts";
import { LvsctlError } from "../../core/errors/mod.ts";
import { Slices } from "../../core/http/mod.ts";
import { encodeMetrics, levelOf, type MetricFormat } from "../../core/metrics/mod.ts";
import { formatServiceId, type MetricLevel } from "../../core/model/mod.ts";
import { type Clock, SYSTEM_CLOCK } from "../../core/time/mod.ts";
import { allMetrics, daemonUpMetric } from "../format/metrics.ts";
import { type SiteSource, type Snapshot, Snapshots, type TrafficTable } from "./snapshot.ts";
import { SnapshotLimitError } from "./snapshot_readers.ts";

/** Options of {@linkcode Readings}. */
export interface ReadingsOptions {
  /** The kernel's table. */
  readonly table: TrafficTable;
  /**
   * The source of time.
   *
   * @default {SYSTEM_CLOCK}
   */
  readonly clock?: Clock | undefined;
  /**
   * The time of day; milliseconds since 1970.
   *
   * @default {Date.now}
   */
  readonly timeOfDay?: (() => number) | undefined;
}

/** Which metrics, and how. */
export interface ScrapeOptions {
  /** How much of the table; undefined for a choice by its size. */
  readonly level: MetricLevel | undefined;
  /** The format. */
  readonly format: MetricFormat;
  /** Whether the series of node_exporter's collector are among them. */
  readonly nodeExporter: boolean;
}

/** Readings of a daemon and of the kernel's table, which the pages and the file of metrics share. */
export class Readings implements Disposable {
  readonly #clock: Clock;
  readonly #snapshots: Snapshots;
  /** Divides all work on readings. */
  readonly slices: Slices;

  /** Reads nothing yet. */
  constructor({ table, clock = SYSTEM_CLOCK, timeOfDay = Date.now }: ReadingsOptions) {
    this.#clock = clock;
    this.slices = new Slices(clock);
    this.#snapshots = new Snapshots({ table, slices: this.slices, clock, timeOfDay });
  }

  /**
   * The present reading, or a new one: see {@linkcode Snapshots.take}.
   *
   * @throws {LvsctlError} If the kernel's table cannot be read, or slow readers leave no room for another reading.
   */
  take(source: SiteSource): Promise<Snapshot> {
    return this.#snapshots.take(source);
  }

  /**
   * The metrics as bytes of text. Without the table, those of the daemon itself are left.
   *
   * @throws {LvsctlError} If slow readers leave no room for another reading.
   */
  async scrape(
    source: SiteSource,
    { level: wanted, format, nodeExporter }: ScrapeOptions,
  ): Promise<AsyncIterable<Uint8Array<ArrayBuffer>>> {
    const began = this.#clock.now();
    const snapshot = await this.#takeReadable(source);
    const { entries, services } = snapshot;
    const level = wanted ?? levelOf(entries ?? []);
    const families = allMetrics(entries, {
      level,
      daemon: [daemonUpMetric(1), ...source.metrics(services, level)],
      names: namesOf(services),
      nodeExporter,
      seconds: () => (this.#clock.now() - began) / 1000,
    });
    return this.inPieces(encodeMetrics(families, format), snapshot);
  }

  /** Makes pieces in slices. Until the last one, they keep the snapshot that they are made from. */
  async *inPieces<T extends string | Uint8Array>(
    pieces: Iterable<T | undefined>,
    snapshot: object,
  ): AsyncGenerator<T, void, undefined> {
    using reader = this.#snapshots.hold(snapshot);
    for await (const slice of this.slices.of(pieces)) {
      for (const piece of slice) {
        reader.check();
        yield piece;
      }
    }
  }

  /** Ends all work: what is not done fails. */
  [Symbol.dispose](): void {
    this.slices[Symbol.dispose]();
    this.#snapshots[Symbol.dispose]();
  }

  /** The snapshot as far as it can be read. */
  async #takeReadable(source: SiteSource): Promise<Pick<Snapshot, "services"> & Partial<Pick<Snapshot, "entries">>> {
    try {
      return await this.take(source);
    } catch (error) {
      if (!(error instanceof LvsctlError) || error instanceof SnapshotLimitError) throw error;
      return { services: [] };
    }
  }
}

/** The names in the file of those services that have one, by their identities. */
function namesOf(services: readonly ServiceStatus[]): ReadonlyMap<string, string> {
  return new Map(
    services.flatMap(({ desired: { name, service } }) =>
      name === undefined ? [] : [[formatServiceId(service.id), name] as const]
    ),
  );
}
