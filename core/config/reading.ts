import type { Problem } from "./config_error.ts";
import { LineIndex } from "./line_index.ts";

const MAX_MESSAGE = 600;

/** Text made fit for one line of a terminal: control characters are escaped, and what is very long is cut. */
function oneLine(text: string): string {
  const short = text.length > MAX_MESSAGE ? `${text.slice(0, MAX_MESSAGE - 3)}...` : text;
  // The marks from 200e on turn the direction of writing, and with it what a reader sees.
  // deno-lint-ignore no-control-regex -- control characters are what is looked for
  return short.replace(/[\u0000-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g, (character) => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
  });
}

/** One reading of a file: collects what is wrong with it, so that all of it is told at once. */
export class Reading {
  readonly #lines: LineIndex;
  readonly #problems = new Map<string, { readonly offset: number; readonly message: string }>();
  #reports = 0;

  /**
   * Starts without problems.
   *
   * @param text The file's text, for lines and columns.
   */
  constructor(text: string) {
    this.#lines = new LineIndex(text);
  }

  /** Notes a problem; the same one at the same place (met again through an alias) counts once. */
  report(offset: number, message: string): void {
    this.#reports++;
    this.#problems.set(`${offset}:${message}`, { offset, message: oneLine(message) });
  }

  /** How often something was reported: unchanged while nothing wrong is met. */
  get reports(): number {
    return this.#reports;
  }

  /** The line, from 1, of an offset. */
  lineAt(offset: number): number {
    return this.#lines.locate(offset).line;
  }

  /** What was reported so far, in the order of the file. */
  get problems(): readonly Problem[] {
    return [...this.#problems.values()]
      .sort((a, b) => a.offset - b.offset)
      .map(({ offset, message }) => ({ ...this.#lines.locate(offset), message }));
  }
}

/** What is being read, and where its problems go. */
export interface Place {
  /** What messages call it: its key, or "an item of servers". */
  readonly label: string;
  /** The reading that it is part of. */
  readonly reading: Reading;
}
