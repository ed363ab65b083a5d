/**
 * Runs one thing at a time, however often it is asked for: who asks while it runs gets the run after that, for what
 * it reads may have changed since it began.
 */
export class CoalescedRuns {
  readonly #run: () => Promise<void>;
  #running: Promise<void> | undefined;
  #next: Promise<void> | undefined;

  /**
   * Runs nothing yet.
   *
   * @param run What is run.
   */
  constructor(run: () => Promise<void>) {
    this.#run = run;
  }

  /** Runs it; settles as the run does that began after this. */
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
