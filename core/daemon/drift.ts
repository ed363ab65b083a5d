import type { Change } from "../model/mod.ts";

/** What came and went since differences were last looked at. */
export interface DriftStep {
  /** Differences that were not there the last time, as the changes that would put them right. */
  readonly appeared: readonly Change[];
  /** How many of the last time are there no more. */
  readonly gone: number;
}

/**
 * Differences between the table and what it should be, as they come and go: each is told once, however often it is
 * seen, and again when it has been gone.
 */
export class Drift {
  #known = new Map<string, Change>();

  /** The differences that were seen last. */
  get differences(): readonly Change[] {
    return [...this.#known.values()];
  }

  /** Takes what is seen now. */
  take(changes: readonly Change[]): DriftStep {
    const seen = new Map(changes.map((change) => [JSON.stringify(change), change]));
    const known = this.#known;
    this.#known = seen;
    return {
      appeared: [...seen].filter(([key]) => !known.has(key)).map(([, change]) => change),
      gone: [...known.keys()].filter((key) => !seen.has(key)).length,
    };
  }
}
