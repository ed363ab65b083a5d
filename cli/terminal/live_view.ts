import { forTerminal } from "../../core/model/mod.ts";
import { sleep } from "../../core/time/mod.ts";
import type { Context } from "../context/context.ts";
import type { Io, TerminalSize } from "../context/io.ts";
import { listenForQuit } from "./quit_key.ts";

const TOP_LEFT = "\x1b[H";
const CLEAR_TO_END_OF_LINE = "\x1b[K";
const CLEAR_BELOW = "\x1b[J";

const CLEAR_ALL = "\x1b[2J";

/** Clears the terminal of standard output, and moves to its top left corner. */
export function clearScreen(io: Pick<Io, "control">): void {
  io.control(`${TOP_LEFT}${CLEAR_ALL}`, "out");
}

/** A view that is shown repeatedly. */
export interface LiveView {
  /** Shows the view once, and stops if the signal is aborted. The result false ends the view. */
  readonly show: (signal: AbortSignal) => Promise<boolean>;
  /** The time between two views; milliseconds. */
  readonly intervalMs: number;
}

/**
 * Shows a view repeatedly until it ends itself, a signal arrives, or `q` is pressed on the terminal of standard output;
 * then restores the terminal.
 *
 * @throws {unknown} The error of the view, unless it had been ended already.
 */
export async function showRepeatedly(context: Context, { show, intervalMs }: LiveView): Promise<void> {
  const { clock } = context;
  using interruption = context.listenForInterruption();
  await using quit = context.io.outIsTerminal ? listenForQuit() : undefined;
  const signal = quit === undefined ? interruption.signal : AbortSignal.any([interruption.signal, quit.signal]);
  while (!signal.aborted) {
    try {
      if (!await show(signal)) return;
      await sleep(intervalMs, { clock, signal });
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }
}

/** Shows text on the terminal of standard output in place of its content, line by line without flicker. */
export function showInPlace(io: Pick<Io, "control">, text: string): void {
  io.control(inPlace(forTerminal(text)), "out");
}

function inPlace(text: string): string {
  return `${TOP_LEFT}${text.replaceAll("\n", `${CLEAR_TO_END_OF_LINE}\n`)}${CLEAR_BELOW}`;
}

/** The part of the text that fits the terminal without scrolling; the last line stays free for the cursor. */
export function fitTerminal(text: string, { columns, rows }: TerminalSize): string {
  const lines = text.split("\n").slice(0, -1);
  const room = Math.max(1, rows - 1);
  const shown = lines.length <= room ? lines : [...lines.slice(0, room - 1), `(${lines.length - room + 1} more lines)`];
  return shown.map((line) => `${line.slice(0, columns)}\n`).join("");
}
