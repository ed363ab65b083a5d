import { sleep } from "../../core/time/mod.ts";
import type { Context } from "../context/context.ts";
import type { TerminalSize } from "../context/io.ts";
import { listenForQuit } from "./quit_key.ts";

const TOP_LEFT = "\x1b[H";
const CLEAR_TO_END_OF_LINE = "\x1b[K";
const CLEAR_BELOW = "\x1b[J";

/** To the top left corner of the terminal, and clear all of it. */
export const CLEAR_SCREEN = `${TOP_LEFT}\x1b[2J`;

/** How something is shown again and again. */
export interface LiveView {
  /** Shows it once; the signal ends that. False ends the view. */
  readonly show: (signal: AbortSignal) => Promise<boolean>;
  /** How long to wait before the next time; milliseconds. */
  readonly intervalMs: number;
}

/**
 * Shows something again and again, until that ends it, a signal does, or `q` where standard output is a terminal, which
 * then is as it was before.
 *
 * @throws {unknown} What showing it threw, if nothing had ended the view by then.
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

/** The text in place of what the terminal showed; line by line, so that nothing flickers. */
export function inPlace(text: string): string {
  return `${TOP_LEFT}${text.replaceAll("\n", `${CLEAR_TO_END_OF_LINE}\n`)}${CLEAR_BELOW}`;
}

/** As much of the text as a terminal shows without scrolling. The last line stays empty: the cursor is there. */
export function fitTerminal(text: string, { columns, rows }: TerminalSize): string {
  const lines = text.split("\n").slice(0, -1);
  const room = Math.max(1, rows - 1);
  const shown = lines.length <= room ? lines : [...lines.slice(0, room - 1), `(${lines.length - room + 1} lines more)`];
  return shown.map((line) => `${line.slice(0, columns)}\n`).join("");
}
