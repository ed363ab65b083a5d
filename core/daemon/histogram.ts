/** The upper bounds of histograms of durations, ascending; milliseconds. */
export const DURATION_BOUNDS_MS: readonly number[] = [1, 5, 10, 50, 100, 250, 500, 1000, 2500, 5000, 10_000];

/** How often durations were how long. */
export interface DurationTally {
  /** The durations by {@linkcode DURATION_BOUNDS_MS}, each in its first bound; one more place for longer ones. */
  readonly counts: readonly number[];
  /** The sum of all; milliseconds. */
  readonly sumMs: number;
}

/** Counts durations. */
export class DurationHistogram implements DurationTally {
  readonly #counts: number[] = Array.from({ length: DURATION_BOUNDS_MS.length + 1 }, () => 0);
  #sumMs = 0;

  /** As in {@linkcode DurationTally}. */
  get counts(): readonly number[] {
    return this.#counts;
  }

  /** As in {@linkcode DurationTally}. */
  get sumMs(): number {
    return this.#sumMs;
  }

  /** Counts a duration; milliseconds. */
  count(milliseconds: number): void {
    const found = DURATION_BOUNDS_MS.findIndex((bound) => milliseconds <= bound);
    const place = found < 0 ? DURATION_BOUNDS_MS.length : found;
    this.#counts[place] = (this.#counts[place] ?? 0) + 1;
    this.#sumMs += milliseconds;
  }
}
