import type { Labels, Sample } from "./family.ts";

/** A row of a table with the labels of its samples. */
export interface LabelledRow {
  /** The labels. */
  readonly labels: Labels;
}

/** Adds a sample of a row: its value, and the labels behind those of the row. */
export type AddSample = (value: number | bigint, more?: Labels) => void;

/**
 * The samples of rows, made when they are read, so that a scrape of a large table never delays a check. A writer of text
 * that knows this class makes no object for a sample, and formats the labels of a row once for all families: a scrape of
 * a large table has two million samples. As JSON they are a list.
 */
export class RowSamples<T extends LabelledRow = LabelledRow> implements Iterable<Sample> {
  readonly #rows: Iterable<T>;
  readonly #addOf: (row: T, add: AddSample) => void;

  /** Makes nothing yet. */
  constructor(rows: Iterable<T>, addOf: (row: T, add: AddSample) => void) {
    this.#rows = rows;
    this.#addOf = addOf;
  }

  /** The rows: the same object for all families of the same rows. */
  get rows(): Iterable<LabelledRow> {
    return this.#rows;
  }

  /** Goes from row to row: yields the labels of a row before it adds the samples of that row. */
  *inSteps(add: AddSample): Generator<Labels, void, undefined> {
    for (const row of this.#rows) {
      yield row.labels;
      this.#addOf(row, add);
    }
  }

  /** The samples one by one. */
  *[Symbol.iterator](): Generator<Sample, void, undefined> {
    let samples: Sample[] = [];
    for (const row of this.#rows) {
      const { labels } = row;
      this.#addOf(
        row,
        (value, more) => samples.push({ labels: more === undefined ? labels : { ...labels, ...more }, value }),
      );
      yield* samples;
      samples = [];
    }
  }

  /** The samples as a list. */
  toJSON(): readonly Sample[] {
    return [...this];
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
  [Symbol.iterator](): Iterator<T, void, undefined> {
    return this.#rows === undefined ? this.#makeRows() : this.#rows[Symbol.iterator]();
  }

  *#makeRows(): Generator<T, void, undefined> {
    const rows: T[] = [];
    for (const row of this.#make()) {
      rows.push(row);
      yield row;
    }
    this.#rows = rows;
  }
}
