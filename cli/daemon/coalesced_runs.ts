import { type Clock, sleep } from "../../core/time/mod.ts";

/** Options of {@linkcode CoalescedRuns}. */
export interface CoalescedRunsOptions {
  /** The source of time. */
  readonly clock: Clock;
}

/**
 * Runs a function once at a time. All requests during a run share the next run, because the data that the running one
 * has read may have changed since it began.
 *
 * A run begins at the earliest as long after the one before as that one took: however often it is requested, at least
 * half of the process's time is left for everything else.
 */
export class CoalescedRuns {
  readonly #run: () => Promise<void>;
  readonly #clock: Clock;
  #running: Promise<void> | undefined;
  #next: Promise<void> | undefined;
  /** The earliest begin of the next run. */
  #pauseEnd = -Infinity;

  /**
   * Runs nothing yet.
   *
   * @param run The function.
   * @param options The source of time.
   */
  constructor(run: () => Promise<void>, { clock }: CoalescedRunsOptions) {
    this.#run = run;
    this.#clock = clock;
  }

  /** Requests a run; settles like the first run that begins after this. */
  request(): Promise<void> {
    if (this.#next !== undefined) return this.#next;
    if (this.#running === undefined && this.#clock.now() >= this.#pauseEnd) return this.#begin();
    return this.#next = this.#beginLater();
  }

  async #beginLater(): Promise<void> {
    await this.#running?.catch(() => {});
    await sleep(this.#pauseEnd - this.#clock.now(), { clock: this.#clock, signal: NEVER });
    this.#next = undefined;
    return await this.#begin();
  }

  #begin(): Promise<void> {
    const began = this.#clock.now();
    const run = this.#run().finally(() => {
      this.#running = undefined;
      const ended = this.#clock.now();
      this.#pauseEnd = ended + (ended - began);
    });
    this.#running = run;
    return run;
  }
}

/** Aborts nothing: a requested run takes place. */
const NEVER = new AbortController().signal;
