/** Numbers that look random and are the same in every run. */
export class SeededRandom {
  #state: number;

  /**
   * Starts a sequence.
   *
   * @param seed decides all of it
   */
  constructor(seed: number) {
    this.#state = (Math.imul(seed + 1, 2_654_435_761) >>> 0) % 2_147_483_646 + 1;
    for (let round = 0; round < 5; round++) this.below(2);
  }

  /** The next number, from 0 to below a limit. */
  below(limit: number): number {
    this.#state = (this.#state * 48_271) % 2_147_483_647;
    return Math.floor(this.#state / 7) % limit;
  }

  /** Whether something that happens once in so many times happens now. */
  oneIn(times: number): boolean {
    return this.below(times) === 0;
  }

  /** One of several values. */
  pick<T>(values: readonly T[]): T {
    const [value] = values.slice(this.below(values.length)).slice(0, 1);
    if (value === undefined) throw new RangeError("there is nothing to pick from");
    return value;
  }
}
