import type { LvsctlError } from "../../core/errors/mod.ts";
import { type Clock, SYSTEM_CLOCK } from "../../core/time/mod.ts";
import { MetricsFile, type MetricsFileSettings } from "./metrics_file.ts";
import { Readings } from "./readings.ts";
import type { SiteSettings } from "./settings.ts";
import { Site } from "./site.ts";
import type { SiteSource, TrafficTable } from "./snapshot.ts";

/** Where a daemon has its pages and its metrics. */
export interface ExporterSettings {
  /** The pages; undefined for none. */
  readonly site: SiteSettings | undefined;
  /** The file of metrics; undefined for none. */
  readonly file: MetricsFileSettings | undefined;
}

/** Options of {@linkcode Exporter.open}. */
export interface ExporterOptions {
  /** The kernel's table. */
  readonly table: TrafficTable;
  /** Called once when the file cannot be written, and once with undefined when it can be written again. */
  readonly onTrouble: (error: LvsctlError | undefined) => void;
  /** Called with a bug. */
  readonly onBug: (error: unknown) => void;
  /** The id of a group whose users can connect to a socket in the file system too; undefined for none. */
  readonly group?: number | undefined;
  /**
   * The source of time.
   *
   * @default {SYSTEM_CLOCK}
   */
  readonly clock?: Clock | undefined;
}

/** The pages and the file of metrics of a daemon, of the same readings. */
export class Exporter implements AsyncDisposable {
  readonly #readings: Readings;
  readonly #site: Site | undefined;
  readonly #file: MetricsFile | undefined;

  private constructor(readings: Readings, { site, file }: { readonly site?: Site; readonly file?: MetricsFile }) {
    this.#readings = readings;
    this.#site = site;
    this.#file = file;
  }

  /**
   * Starts listening; the file is written from {@linkcode Exporter.serve} on.
   *
   * @throws {LvsctlError} If it cannot listen there.
   */
  static async open({ site, file }: ExporterSettings, options: ExporterOptions): Promise<Exporter> {
    const { clock = SYSTEM_CLOCK, table, group, onTrouble, onBug } = options;
    const readings = new Readings({ table, clock });
    return new Exporter(readings, {
      ...site === undefined ? {} : { site: await Site.open(site, { readings, onBug, group, clock }) },
      ...file === undefined ? {} : { file: new MetricsFile(file, { readings, clock, onTrouble, onBug }) },
    });
  }

  /** Where the pages and the metrics are, as texts for the log. */
  get places(): readonly string[] {
    return [
      ...this.#site === undefined ? [] : [`the status page is at ${this.#site.place}`],
      ...this.#file === undefined ? [] : [`the metrics are in ${this.#file.path}`],
    ];
  }

  /** Begins to show a daemon. */
  serve(source: SiteSource): void {
    this.#site?.serve(source);
    this.#file?.serve(source);
  }

  /** Closes the socket and all connections, and removes the file. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#readings[Symbol.dispose]();
    await this.#site?.[Symbol.asyncDispose]();
    await this.#file?.[Symbol.asyncDispose]();
  }
}
