import { isColored, type PrintOptions } from "./display.ts";
import type { Io } from "../context/io.ts";
import type { Line } from "./line.ts";
import { paintedLine, plainLine } from "./paint.ts";

const ENTER = "\x1b[?1049h\x1b[?25l";
const LEAVE = "\x1b[?25h\x1b[?1049l";
const TOP_LEFT = "\x1b[H";

/**
 * Cleared before the text of each line: a terminal whose last column has just been written would clear that column.
 */
const CLEAR_LINE = "\x1b[K";

/** The terminal of standard output as one page. Disposing of it restores the former content. */
export class Screen implements Disposable {
  readonly #io: Pick<Io, "control">;
  readonly #isColored: boolean;
  #isEntered = false;

  /** Keeps the terminal as it is until {@linkcode Screen.enter}. */
  constructor(io: Io, options: PrintOptions) {
    this.#io = io;
    this.#isColored = isColored(io, options);
  }

  /** Hides the former content and the cursor. */
  enter(): void {
    this.#isEntered = true;
    this.#io.control(ENTER, "out");
  }

  /** Shows the former content and the cursor. */
  leave(): void {
    if (!this.#isEntered) return;
    this.#isEntered = false;
    this.#io.control(LEAVE, "out");
  }

  /** Shows as many lines as the terminal has, in one write. */
  show(lines: readonly Line[]): void {
    if (!this.#isEntered) this.enter();
    const paint = this.#isColored ? paintedLine : plainLine;
    this.#io.control(TOP_LEFT + lines.map((line) => CLEAR_LINE + paint(line)).join("\n"), "out");
  }

  /** As {@linkcode Screen.leave}. */
  [Symbol.dispose](): void {
    this.leave();
  }
}
