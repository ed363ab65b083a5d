import { visible } from "../../core/model/mod.ts";
import type { Clock } from "../../core/time/mod.ts";
import type { Io } from "../context/io.ts";
import { columnsOf } from "./display.ts";
import { cutEnd } from "./text_width.ts";

/** Moves to the beginning of the line and clears it. */
const CLEAR_LINE = "\r\x1b[K";

/** The time after which a wait needs an explanation; milliseconds. */
const DELAY_MS = 1000;

/** The time between two updates; milliseconds. */
const INTERVAL_MS = 200;

/** The streams of a progress line. */
export type ProgressIo = Pick<Io, "err" | "control" | "errIsTerminal" | "terminalSize" | "verbosity">;

/** When a progress line is shown. */
export interface ProgressOptions {
  /** The monotonic time; milliseconds. */
  readonly now: () => number;
  /**
   * The time before its first text; milliseconds.
   *
   * @default {DELAY_MS}
   */
  readonly delayMs?: number | undefined;
}

/**
 * A line on the terminal of standard error that changes while a command waits; without such a terminal, or with
 * `--quiet`, nothing. It never continues on the next line. Disposing of it clears it.
 */
export class Progress implements Disposable {
  readonly #io: ProgressIo;
  readonly #now: () => number;
  #nextMs: number;
  #isShown = false;

  /** Shows nothing yet. */
  constructor(io: ProgressIo, options: ProgressOptions) {
    const { now, delayMs = DELAY_MS } = options;
    this.#io = io;
    this.#now = now;
    this.#nextMs = io.errIsTerminal && io.verbosity !== "quiet" ? now() + delayMs : Infinity;
  }

  /** Shows a text if it is time for one; what matters most comes first, because the end is cut to the terminal. */
  show(text: () => string): void {
    const now = this.#now();
    if (now < this.#nextMs) return;
    this.#nextMs = now + INTERVAL_MS;
    this.#isShown = true;
    this.#io.control(CLEAR_LINE, "err");
    // In the last column, some terminals move to the next line.
    this.#io.err(cutEnd(visible(text()), columnsOf(this.#io) - 1));
  }

  /** As {@linkcode Progress.show}, repeatedly until the result is disposed of. */
  keepShowing(text: () => string, { clock }: { readonly clock: Clock }): Disposable {
    if (!this.#io.errIsTerminal) return { [Symbol.dispose]: () => {} };
    let timer: Disposable;
    const turn = (): void => {
      this.show(text);
      timer = clock.setTimer(turn, INTERVAL_MS);
    };
    turn();
    return { [Symbol.dispose]: () => timer[Symbol.dispose]() };
  }

  /** Clears the line. */
  [Symbol.dispose](): void {
    if (this.#isShown) this.#io.control(CLEAR_LINE, "err");
    this.#isShown = false;
  }
}
