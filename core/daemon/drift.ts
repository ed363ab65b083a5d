import type { Change } from "../model/mod.ts";

/**
 * The differences between the table and the file over time: each is reported once while it lasts, and once more when it
 * comes back.
 */
export class Drift {
  #known: ReadonlyMap<string, Change> = new Map();

  /** The differences of the last comparison. */
  get known(): readonly Change[] {
    return [...this.#known.values()];
  }

  /**
   * Takes the differences of the present comparison, as the changes that would correct them.
   *
   * @returns Those that the last comparison did not have.
   */
  take(changes: readonly Change[]): readonly Change[] {
    const present = new Map(changes.map((change) => [JSON.stringify(change), change]));
    const appeared = [...present].filter(([key]) => !this.#known.has(key)).map(([, change]) => change);
    this.#known = present;
    return appeared;
  }
}
