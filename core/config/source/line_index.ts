/** The lines of a text, for the line and column of an offset. */
export class LineIndex {
  readonly #starts: number[] = [0];

  /**
   * Indexes the starts of the lines.
   *
   * @param text The whole text.
   */
  constructor(text: string) {
    for (let end = text.indexOf("\n"); end >= 0; end = text.indexOf("\n", end + 1)) this.#starts.push(end + 1);
  }

  /** The line and the column, both from 1, of an offset. */
  locate(offset: number): { readonly line: number; readonly column: number } {
    let low = 0;
    let high = this.#starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.#starts[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    return { line: low + 1, column: offset - (this.#starts[low] ?? 0) + 1 };
  }

  /** A line, from 1, of the same text, without its line end; "" if the line does not exist. */
  line(number: number, text: string): string {
    const start = this.#starts[number - 1];
    return start === undefined ? "" : text.slice(start, (this.#starts[number] ?? text.length + 1) - 1);
  }
}
