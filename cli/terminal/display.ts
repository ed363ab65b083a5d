import { Output } from "../context/buffered_output.ts";
import type { Io } from "../context/io.ts";
import { DEFAULT_SIZE } from "../context/terminal_environment.ts";
import { type Line, plainText } from "./line.ts";
import { paintedLine } from "./paint.ts";

/** The options of a command that shows lines. */
export interface DisplayOptions {
  /**
   * When text is coloured.
   *
   * @default {"auto"}
   */
  readonly color?: "auto" | "always" | "never" | undefined;
  /** Whether lines may be wider than the terminal. */
  readonly wide?: true | undefined;
}

/** The options of lines that may go to either stream. */
export interface PrintOptions extends DisplayOptions {
  /**
   * The stream.
   *
   * @default {"out"}
   */
  readonly stream?: "out" | "err" | undefined;
}

/** The streams of a display. */
export type DisplayIo = Pick<
  Io,
  "out" | "err" | "control" | "outIsTerminal" | "errIsTerminal" | "allowsColor" | "terminalSize"
>;

/** The largest width of lines of a stream; undefined without a terminal, and if the user wants them whole. */
export function outWidth(io: DisplayIo, options: PrintOptions = {}): number | undefined {
  return isTerminal(io, options) && !options.wide ? columnsOf(io) : undefined;
}

function isTerminal(io: DisplayIo, { stream = "out" }: PrintOptions): boolean {
  return (stream === "out" ? io.outIsTerminal : io.errIsTerminal) ?? false;
}

/** The columns of the terminal. */
export function columnsOf(io: Pick<Io, "terminalSize">): number {
  return (io.terminalSize?.() ?? DEFAULT_SIZE).columns;
}

/** Whether text is coloured. */
export function isColored(io: DisplayIo, options: PrintOptions = {}): boolean {
  const { color = "auto" } = options;
  return color === "always" || color === "auto" && isTerminal(io, options) && io.allowsColor !== false;
}

/** Prints lines, coloured as the options ask. */
export function printLines(
  io: DisplayIo,
  lines: Iterable<Line>,
  options: PrintOptions = {},
): void {
  const { stream = "out" } = options;
  const colored = isColored(io, options);
  // The painter has filtered the texts already.
  const output = new Output({ out: (text) => colored ? io.control(text, stream) : io[stream](text) });
  for (const line of lines) output.write(`${colored ? paintedLine(line) : plainText(line)}\n`);
  output.flush();
}
