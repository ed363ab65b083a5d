/** How long a failed change of the table waits for its first retry; each further failure doubles it. Milliseconds. */
const RETRY_MS = 1000;

/** The longest wait before a retry; milliseconds. */
const LONGEST_RETRY_MS = 60_000;

/** The growing delay between retries. */
export class RetryDelay {
  #nextMs = RETRY_MS;

  /** Forgets earlier failures. */
  reset(): void {
    this.#nextMs = RETRY_MS;
  }

  /** Counts a failure and returns the delay before its retry; milliseconds. */
  fail(): number {
    const delayMs = this.#nextMs;
    this.#nextMs = Math.min(delayMs * 2, LONGEST_RETRY_MS);
    return delayMs;
  }
}
