/** The most problems of one router that are reported in an hour, because others write their texts. */
const MOST_PROBLEMS = 50;

/** Time after which as many others may be reported; milliseconds. */
const WINDOW_MS = 3_600_000;

/** The most problems that are remembered; the oldest are forgotten. */
const MOST_REMEMBERED = 200;

/** Time without a problem after which it has ended, and is reported when it returns; milliseconds. */
const CALM_MS = WINDOW_MS;

/** Reports each problem of a router once while it lasts, because advertisements come many times in a second. */
export class ProblemReports {
  readonly #onProblem: (message: string) => void;
  readonly #timeOfDay: () => number;
  /** When each reported problem has occurred last; the one that was calm for longest is first. */
  readonly #reported = new Map<string, number>();
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

  /** Reports a problem, unless it is reported already and has not been calm since. */
  report(message: string): void {
    const now = this.#timeOfDay();
    const before = this.#reported.get(message);
    const isKnown = before !== undefined && Math.abs(now - before) < CALM_MS;
    if (!isKnown && !this.#hasRoom()) return;
    this.#reported.delete(message);
    this.#reported.set(message, now);
    if (isKnown) return;
    const [oldest] = this.#reported.keys();
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
