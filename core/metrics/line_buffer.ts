import type { Labels } from "./family.ts";
import { formatMetricLabels } from "./label_text.ts";
import type { LabelledRow } from "./samples.ts";

/** The room for the labels of rows at first; bytes. */
const LABEL_ROOM = 16 * 1024;

/** The room for lines at first; bytes. */
const LINE_ROOM = 80 * 1024;

/** The longest number, with the characters around it; bytes. */
const NUMBER_ROOM = 40;

/** The most bytes of a character of text. */
const CHARACTER_BYTES = 3;

const BLANK = 0x20;
const CLOSING_BRACE = 0x7d;
const LINE_END = 0x0a;
const ZERO = 0x30;

/** The largest number whose digits are made by arithmetic of 32 bits. */
const MOST_FAST = 0x7fffffff;
const MOST_FAST_BIG = BigInt(MOST_FAST);

/**
 * Lines of samples as bytes. The labels of rows are formatted once for all families; they stay in front of the lines in
 * the same memory, from where they are copied into each line. A scrape of a large table has two million lines: with texts,
 * the collection of garbage takes longer than the writing.
 */
export class LineBuffer {
  readonly #encoder = new TextEncoder();
  #bytes = new Uint8Array(LABEL_ROOM + LINE_ROOM);
  /** Where the lines begin, and where they end. */
  #start = LABEL_ROOM;
  #end = LABEL_ROOM;
  #rows: Iterable<LabelledRow> | undefined;
  /** Where the labels of each row end. */
  #labelEnds: number[] = [];

  /** The size of the lines; bytes. */
  get length(): number {
    return this.#end - this.#start;
  }

  /** Takes the lines out. */
  take(): Uint8Array<ArrayBuffer> {
    const lines = this.#bytes.slice(this.#start, this.#end);
    this.#end = this.#start;
    return lines;
  }

  /** Adds text. */
  addText(text: string): void {
    this.#reserve(CHARACTER_BYTES * text.length);
    this.#end = this.#encode(text, this.#end);
  }

  /** Begins with the first one of some rows; the labels of the same rows are kept. */
  begin(rows: Iterable<LabelledRow>): void {
    if (rows === this.#rows) return;
    this.#rows = rows;
    this.#labelEnds = [];
  }

  /** Formats the labels of a row, unless they are kept; `row` counts the rows without a gap. */
  keepLabels(labels: Labels, row: number): void {
    if (row < this.#labelEnds.length) return;
    const text = formatMetricLabels(labels);
    const at = this.#labelEnds.at(-1) ?? 0;
    this.#reserveLabels(at + CHARACTER_BYTES * text.length);
    this.#labelEnds.push(this.#encode(text, at));
  }

  /**
   * Adds a line of a row.
   *
   * @param row The row, whose labels are kept.
   * @param options.name The metric's name with an opening brace.
   * @param options.more More labels as text, behind a comma; "" for none.
   */
  addLine(
    row: number,
    options: { readonly name: Uint8Array; readonly more: string; readonly value: number | bigint },
  ): void {
    const { name, more, value } = options;
    const labelEnd = this.#labelEnds[row] ?? 0;
    const labelStart = row === 0 ? 0 : this.#labelEnds[row - 1] ?? 0;
    this.#reserve(name.length + labelEnd - labelStart + CHARACTER_BYTES * more.length + NUMBER_ROOM);
    const bytes = this.#bytes;
    bytes.set(name, this.#end);
    this.#end += name.length;
    bytes.copyWithin(this.#end, labelStart, labelEnd);
    this.#end += labelEnd - labelStart;
    if (more !== "") this.addText(more);
    bytes[this.#end++] = CLOSING_BRACE;
    bytes[this.#end++] = BLANK;
    this.#addValue(value);
    bytes[this.#end++] = LINE_END;
  }

  /** Writes text to a place with enough room; gives its end. */
  #encode(text: string, at: number): number {
    const bytes = this.#bytes;
    // A call of the encoder costs more than the characters of most labels.
    for (let index = 0; index < text.length; index++) {
      const code = text.charCodeAt(index);
      if (code >= 0x80) return at + this.#encoder.encodeInto(text, bytes.subarray(at)).written;
      bytes[at + index] = code;
    }
    return at + text.length;
  }

  #addValue(value: number | bigint): void {
    if (typeof value === "number" && value >= 0 && value <= MOST_FAST && Number.isInteger(value)) {
      return this.#addDigits(value);
    }
    if (typeof value === "bigint" && value >= 0n && value <= MOST_FAST_BIG) return this.#addDigits(Number(value));
    this.#end = this.#encode(formatValue(value), this.#end);
  }

  #addDigits(value: number): void {
    let length = 1;
    for (let rest = value; rest >= 10; rest = (rest / 10) | 0) length++;
    this.#end += length;
    let rest = value;
    for (let at = this.#end - 1; length > 0; length--) {
      const next = (rest / 10) | 0;
      this.#bytes[at--] = ZERO + rest - 10 * next;
      rest = next;
    }
  }

  /** Makes room for more lines. */
  #reserve(size: number): void {
    const missing = this.#end + size - this.#bytes.length;
    if (missing > 0) this.#grow({ labels: 0, lines: Math.max(missing, this.length) });
  }

  /** Makes room for the labels up to a place. */
  #reserveLabels(end: number): void {
    const missing = end - this.#start;
    if (missing > 0) this.#grow({ labels: Math.max(missing, this.#start), lines: 0 });
  }

  #grow({ labels, lines }: { readonly labels: number; readonly lines: number }): void {
    const before = this.#bytes;
    this.#bytes = new Uint8Array(before.length + labels + lines);
    this.#bytes.set(before.subarray(0, this.#start));
    this.#bytes.set(before.subarray(this.#start, this.#end), this.#start + labels);
    this.#start += labels;
    this.#end += labels;
  }
}

/** A value as text. */
export function formatValue(value: number | bigint): string {
  if (value === Infinity) return "+Inf";
  if (value === -Infinity) return "-Inf";
  return String(value);
}
