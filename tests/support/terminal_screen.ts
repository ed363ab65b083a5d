import { textWidth } from "../../cli/terminal/text_width.ts";

/** A control sequence, or one character. */
// deno-lint-ignore no-control-regex -- the pattern is for control characters
const PART = /\x1b\[([?0-9;]*)([A-Za-z])|[^]/gu;

/**
 * A terminal that keeps what it shows, with the sequences that lvsctl uses. Like a real one, it wraps a character that
 * has no column left into the next line, and scrolls at the end of the page.
 */
export class TerminalScreen {
  readonly columns: number;
  readonly rows: number;
  /** How often a line was continued on the next one. */
  wraps = 0;
  /** How often the page was scrolled. */
  scrolls = 0;
  /** Whether the second page is shown. */
  isAlternate = false;
  /** Whether the cursor is shown. */
  hasCursor = true;
  #lines: string[][];
  #row = 0;
  #column = 0;

  constructor({ columns = 80, rows = 24 }: { readonly columns?: number; readonly rows?: number } = {}) {
    this.columns = columns;
    this.rows = rows;
    this.#lines = Array.from({ length: rows }, () => []);
  }

  /** The lines without blanks at their ends. */
  get text(): readonly string[] {
    return this.#lines.map((cells) => Array.from(cells, (cell) => cell ?? " ").join("").trimEnd());
  }

  write(text: string): void {
    for (const [part, parameters, letter] of text.matchAll(PART)) {
      if (letter !== undefined) this.#control(letter, parameters ?? "");
      else if (part === "\n") this.#newLine();
      else if (part === "\r") this.#column = 0;
      else this.#put(part);
    }
  }

  #control(letter: string, parameters: string): void {
    if (letter === "H") [this.#row, this.#column] = [0, 0];
    else if (letter === "K") this.#lines[this.#row]?.splice(Math.min(this.#column, this.columns - 1));
    else if (letter === "h" || letter === "l") this.#mode(parameters, letter === "h");
    else if (letter !== "m") throw new Error(`the terminal does not know ${parameters}${letter}`);
  }

  #mode(parameters: string, isSet: boolean): void {
    if (parameters === "?25") this.hasCursor = isSet;
    else if (parameters === "?1049") {
      this.isAlternate = isSet;
      this.#lines = Array.from({ length: this.rows }, () => []);
      [this.#row, this.#column] = [0, 0];
    } else throw new Error(`the terminal does not know ${parameters}`);
  }

  /** As with the terminal driver's ONLCR, a line feed also returns to the first column. */
  #newLine(): void {
    this.#column = 0;
    if (++this.#row < this.rows) return;
    this.#row = this.rows - 1;
    this.scrolls++;
    this.#lines.shift();
    this.#lines.push([]);
  }

  #put(character: string): void {
    const width = textWidth(character);
    if (this.#column + width > this.columns) {
      this.wraps++;
      this.#newLine();
    }
    const line = this.#lines[this.#row];
    if (line === undefined) return;
    line[this.#column] = character;
    for (let more = 1; more < width; more++) line[this.#column + more] = "";
    this.#column += width;
  }
}
