import type { Sample } from "./family.ts";

/** The number of rows without a sample before a pause. */
const PAUSE_ROWS = 1024;

/**
 * Samples that are made one by one when they are read, so that a scrape of a large table never delays a check. As JSON
 * they are a list.
 */
export class LazySamples<T> implements Iterable<Sample | undefined> {
  readonly #rows: Iterable<T>;
  readonly #samplesOf: (row: T) => Iterable<Sample>;

  /** Makes nothing yet. */
  constructor(rows: Iterable<T>, samplesOf: (row: T) => Iterable<Sample>) {
    this.#rows = rows;
    this.#samplesOf = samplesOf;
  }

  /** Makes the samples. Undefined stands for a pause after many rows without a sample. */
  *[Symbol.iterator](): Generator<Sample | undefined, void, undefined> {
    let empty = 0;
    for (const row of this.#rows) {
      let isEmpty = true;
      for (const sample of this.#samplesOf(row)) {
        isEmpty = false;
        yield sample;
      }
      if (!isEmpty || ++empty % PAUSE_ROWS !== 0) continue;
      yield;
    }
  }

  /** The samples as a list. */
  toJSON(): readonly Sample[] {
    return [...this].filter((sample) => sample !== undefined);
  }
}

/** Rows that are made one by one when they are first read, and kept for the next reading. */
export class KeptRows<T> implements Iterable<T> {
  readonly #make: () => Iterable<T>;
  #rows: readonly T[] | undefined;

  /** Makes nothing yet. */
  constructor(make: () => Iterable<T>) {
    this.#make = make;
  }

  /** Makes the rows, or repeats them. */
  *[Symbol.iterator](): Generator<T, void, undefined> {
    if (this.#rows !== undefined) return yield* this.#rows;
    const rows: T[] = [];
    for (const row of this.#make()) {
      rows.push(row);
      yield row;
    }
    this.#rows = rows;
  }
}
