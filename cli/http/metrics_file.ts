import { LvsctlError } from "../../core/errors/mod.ts";
import { METRICS_START } from "../../core/metrics/mod.ts";
import type { MetricLevel } from "../../core/model/mod.ts";
import type { Clock } from "../../core/time/mod.ts";
import { refuseOtherContent } from "../state/atomic_file.ts";
import { FileReplacement, removeIfExists } from "../state/file_replacement.ts";
import type { Readings } from "./readings.ts";
import type { SiteSource } from "./snapshot.ts";

/** The settings of a {@linkcode MetricsFile}. */
export interface MetricsFileSettings {
  /** Its path. */
  readonly path: string;
  /** How often it is written; milliseconds. */
  readonly intervalMs: number;
  /** How much of the table is in it; undefined for a choice by its size. */
  readonly level?: MetricLevel | undefined;
}

/** Options of {@linkcode MetricsFile}. */
export interface MetricsFileOptions {
  /** The readings that it has. */
  readonly readings: Readings;
  /** The source of time. */
  readonly clock: Clock;
  /** Called once when the file cannot be written, and once with undefined when it can be written again. */
  readonly onTrouble: (error: LvsctlError | undefined) => void;
  /** Called with a bug. */
  readonly onBug: (error: unknown) => void;
}

/**
 * A file for the textfile collector of Prometheus' node exporter, which always has a whole reading. It ends with the
 * daemon: values that nothing updates would look like present ones. A file with other content than metrics, which was
 * named by mistake, stays as it is.
 */
export class MetricsFile implements AsyncDisposable {
  readonly #settings: MetricsFileSettings;
  readonly #options: MetricsFileOptions;
  #timer: Disposable | undefined;
  #writing: Promise<void> = Promise.resolve();
  #hasTrouble = false;
  #hasEnded = false;
  #isOwn = false;

  /** Writes nothing yet. */
  constructor(settings: MetricsFileSettings, options: MetricsFileOptions) {
    this.#settings = settings;
    this.#options = options;
  }

  /** Its path. */
  get path(): string {
    return this.#settings.path;
  }

  /** Begins to write the metrics of a daemon. */
  serve(source: SiteSource): void {
    this.#writing = this.#write(source);
  }

  /** Ends writing, and removes the file. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#hasEnded = true;
    this.#timer?.[Symbol.dispose]();
    await this.#writing;
    if (this.#isOwn) removeIfExists(this.path);
  }

  async #write(source: SiteSource): Promise<void> {
    const { readings, clock, onTrouble, onBug } = this.#options;
    const { level, intervalMs } = this.#settings;
    const began = clock.now();
    try {
      this.#isOwn = false;
      await refuseOtherContent(this.path, { usual: METRICS_START, what: "metrics" });
      this.#isOwn = true;
      const pieces = await readings.scrape(source, { level, format: "prometheus", nodeExporter: false });
      using replacement = new FileReplacement(this.path);
      for await (const piece of pieces) await replacement.write(piece);
      replacement.commit();
      if (this.#hasTrouble) onTrouble(undefined);
      this.#hasTrouble = false;
    } catch (error) {
      // The end of the daemon ends a reading.
      if (this.#hasEnded) return;
      if (!(error instanceof LvsctlError)) onBug(error);
      else if (!this.#hasTrouble) onTrouble(error);
      this.#hasTrouble = true;
    }
    if (this.#hasEnded) return;
    this.#timer = clock.setTimer(() => this.serve(source), Math.max(0, began + intervalMs - clock.now()));
  }
}
