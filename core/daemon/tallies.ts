import type { ProbeJob } from "../health/mod.ts";
import type { ChangeOperation, Check, Health, ProbeResult } from "../model/mod.ts";
import type { DaemonEvent } from "./daemon_options.ts";

/** The upper bounds of the histogram of durations, ascending; milliseconds. */
export const DURATION_BOUNDS_MS: readonly number[] = [1, 5, 10, 50, 100, 250, 500, 1000, 2500, 5000, 10_000];

/** The counts of one check of one server. */
export interface JobTally {
  /** Its results. */
  readonly checks: number;
  /** The failures among them; without the checks that this machine cannot make. */
  readonly failures: number;
  /** How often the server became healthy. */
  readonly rises: number;
  /** How often the server became unhealthy. */
  readonly falls: number;
}

/** How long the checks of one type took. */
export interface DurationTally {
  /** The results by {@linkcode DURATION_BOUNDS_MS}, each in its first bound; one more place for longer ones. */
  readonly counts: readonly number[];
  /** The sum of all; milliseconds. */
  readonly sumMs: number;
}

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };

/** What a daemon counts from its start. Its size is bounded by the file: one entry for each check and each name. */
export class Tallies {
  readonly #jobs = new Map<string, Mutable<JobTally>>();
  readonly #durations = new Map<Check["type"], { readonly counts: number[]; sumMs: number }>();
  readonly #changes = new Map<ChangeOperation, number>();
  #drifts = 0;
  #failures = 0;

  /** The counts of a check by its job's key; undefined before its first result. */
  of(key: string): JobTally | undefined {
    return this.#jobs.get(key);
  }

  /** The durations of checks, by type. */
  get durations(): ReadonlyMap<Check["type"], DurationTally> {
    return this.#durations;
  }

  /** The changes of the table that the daemon made. */
  get changes(): ReadonlyMap<ChangeOperation, number> {
    return this.#changes;
  }

  /** The changes by other programs that it found. */
  get drifts(): number {
    return this.#drifts;
  }

  /** The failures to change or read the table. */
  get failures(): number {
    return this.#failures;
  }

  /**
   * Counts a result.
   *
   * @param options.became The new health of the server; undefined if it has not changed.
   */
  countResult(job: ProbeJob, result: ProbeResult, options: { readonly became: Health | undefined }): void {
    let tally = this.#jobs.get(job.key);
    if (tally === undefined) this.#jobs.set(job.key, tally = { checks: 0, failures: 0, rises: 0, falls: 0 });
    tally.checks++;
    if (!result.ok && result.inconclusive !== true) tally.failures++;
    if (options.became === "healthy") tally.rises++;
    if (options.became === "unhealthy") tally.falls++;
    this.#countDuration(job.check.type, result.latencyMs);
  }

  /** Counts an event of the daemon; most kinds count elsewhere. */
  countEvent(event: DaemonEvent): void {
    if (event.kind === "drift") this.#drifts++;
    else if (event.kind === "failure") this.#failures++;
    else if (event.kind === "change") {
      const { operation } = event.change;
      this.#changes.set(operation, (this.#changes.get(operation) ?? 0) + 1);
    }
  }

  /** Deletes the counts of all other checks. */
  retain(keys: ReadonlySet<string>): void {
    for (const key of this.#jobs.keys()) if (!keys.has(key)) this.#jobs.delete(key);
  }

  #countDuration(type: Check["type"], milliseconds: number): void {
    let tally = this.#durations.get(type);
    if (tally === undefined) {
      this.#durations.set(
        type,
        tally = { counts: Array.from({ length: DURATION_BOUNDS_MS.length + 1 }, () => 0), sumMs: 0 },
      );
    }
    const found = DURATION_BOUNDS_MS.findIndex((bound) => milliseconds <= bound);
    const place = found < 0 ? DURATION_BOUNDS_MS.length : found;
    tally.counts[place] = (tally.counts[place] ?? 0) + 1;
    tally.sumMs += milliseconds;
  }
}
