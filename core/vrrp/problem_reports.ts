/** The most problems of one router that are reported in an hour, because others write their texts. */
const MOST_PROBLEMS = 50;

/** Time after which as many others may be reported; milliseconds. */
const WINDOW_MS = 3_600_000;

/** The most problems that are remembered; the oldest are forgotten. */
const MOST_REMEMBERED = 200;

/** Reports each problem of a router once, because advertisements come many times in a second. */
export class ProblemReports {
  readonly #onProblem: (message: string) => void;
  readonly #timeOfDay: () => number;
  readonly #reported = new Set<string>();
  #windowEnd = -Infinity;
  #inWindow = 0;

  /**
   * Has reported nothing yet.
   *
   * @param onProblem Receives each message once.
   * @param timeOfDay The time of day; milliseconds since 1970.
   */
  constructor(onProblem: (message: string) => void, timeOfDay: () => number) {
    this.#onProblem = onProblem;
    this.#timeOfDay = timeOfDay;
  }

  /** Reports a problem, unless it is reported already. */
  report(message: string): void {
    if (this.#reported.has(message) || !this.#hasRoom()) return;
    this.#reported.add(message);
    const [oldest] = this.#reported;
    if (this.#reported.size > MOST_REMEMBERED && oldest !== undefined) this.#reported.delete(oldest);
    this.#inWindow++;
    this.#onProblem(message);
  }

  /** Reports several problems. */
  reportAll(messages: readonly string[]): void {
    for (const message of messages) this.report(message);
  }

  /** A problem has ended: it is reported when it returns. */
  forget(message: string): void {
    this.#reported.delete(message);
  }

  #hasRoom(): boolean {
    const now = this.#timeOfDay();
    // The clock may have been set back.
    if (now >= this.#windowEnd || now < this.#windowEnd - WINDOW_MS) {
      this.#windowEnd = now + WINDOW_MS;
      this.#inWindow = 0;
    }
    return this.#inWindow < MOST_PROBLEMS;
  }
}
