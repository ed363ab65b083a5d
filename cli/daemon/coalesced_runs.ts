/**
 * Runs a function once at a time. All requests during a run share the next run, because the data that the running one
 * has read may have changed since it began.
 */
export class CoalescedRuns {
  readonly #run: () => Promise<void>;
  #running: Promise<void> | undefined;
  #next: Promise<void> | undefined;

  /**
   * Runs nothing yet.
   *
   * @param run The function.
   */
  constructor(run: () => Promise<void>) {
    this.#run = run;
  }

  /** Requests a run; settles like the first run that begins after this. */
  request(): Promise<void> {
    if (this.#running === undefined) return this.#begin();
    this.#next ??= this.#running.catch(() => {}).then(() => {
      this.#next = undefined;
      return this.#begin();
    });
    return this.#next;
  }

  #begin(): Promise<void> {
    const run = this.#run().finally(() => this.#running = undefined);
    this.#running = run;
    return run;
  }
}
