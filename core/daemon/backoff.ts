/** How long after a failed change of the table it is tried again; twice as long after each further failure. */
const RETRY_MS = 1000;

/** The longest that a failed change waits for its next try. */
const LONGEST_RETRY_MS = 60_000;

/** How long what failed waits for its next try. */
export class RetryDelay {
  #nextMs = RETRY_MS;

  /** Forgets earlier failures. */
  reset(): void {
    this.#nextMs = RETRY_MS;
  }

  /** Counts a failure, and gives how long it waits; milliseconds. */
  fail(): number {
    const delayMs = this.#nextMs;
    this.#nextMs = Math.min(delayMs * 2, LONGEST_RETRY_MS);
    return delayMs;
  }
}
