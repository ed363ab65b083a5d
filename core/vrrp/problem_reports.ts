/** The most different problems of one router that are reported, because others write their texts. */
const MOST_PROBLEMS = 50;

/** Reports each problem of a router once, because advertisements come many times in a second. */
export class ProblemReports {
  readonly #onProblem: (message: string) => void;
  readonly #reported = new Set<string>();

  /**
   * Has reported nothing yet.
   *
   * @param onProblem Receives each message once.
   */
  constructor(onProblem: (message: string) => void) {
    this.#onProblem = onProblem;
  }

  /** Reports a problem. */
  report(message: string): void {
    if (this.#reported.has(message) || this.#reported.size >= MOST_PROBLEMS) return;
    this.#reported.add(message);
    this.#onProblem(message);
  }

  /** Reports several problems. */
  reportAll(messages: readonly string[]): void {
    for (const message of messages) this.report(message);
  }
}
