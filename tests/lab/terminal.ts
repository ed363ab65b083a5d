/**
 * A terminal of 80 x 24 for programs in the lab.
 *
 * @module
 */
import assert from "node:assert/strict";
import { TerminalScreen } from "../support/terminal_screen.ts";
import type { Director } from "./director.ts";

const SIZE = { columns: 80, rows: 24 };

/** The bytes of a key, for printf. */
export const PAGE_DOWN = String.raw`\033[6~`;
/** The bytes of a key, for printf. */
export const END = String.raw`\033[F`;

/** Runs a shell command on a terminal of 80 x 24, with keys that are typed at their seconds; returns its output. */
export async function onTerminal(director: Director, command: string, keys: readonly string[] = []): Promise<string> {
  const typed = keys.map((key) => `sleep 3; printf '${key}'`);
  const shell = `stty rows ${SIZE.rows} columns ${SIZE.columns}; ${command}; echo "ended $?"`;
  const terminal = director.startProgram([
    "sh",
    "-c",
    `(${[...typed, "sleep 12"].join("; ")}) | TERM=xterm script -qec '${shell}' /dev/null`,
  ]);
  await terminal.untilOutput(/ended \d+\r$/m, { timeLimitSeconds: 60 });
  return terminal.stdout.slice(0, terminal.stdout.search(/ended \d+\r$/m));
}

/** The terminal after an output, on which no line was wrapped. */
export function screenAfter(output: string, what: string): TerminalScreen {
  const screen = new TerminalScreen(SIZE);
  screen.write(output);
  assert.equal(screen.wraps, 0, `${what}\n${output}`);
  return screen;
}
