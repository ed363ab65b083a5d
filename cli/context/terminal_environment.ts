/** The size of a terminal, in characters. */
export interface TerminalSize {
  /** Characters in a line. */
  readonly columns: number;
  /** Lines. */
  readonly rows: number;
}

/** Reads a variable of the environment; undefined if it is not set. */
export type ReadVariable = (name: string) => string | undefined;

/**
 * The size of a terminal: as it reports it, and no wider than COLUMNS and no higher than LINES, by which users choose
 * a smaller one.
 *
 * @param reported The terminal's report; undefined or 0 if it does not know, such as on a serial line.
 * @returns Undefined if neither is known.
 */
export function sizeOfTerminal(
  reported: TerminalSize | undefined,
  variable: ReadVariable,
): TerminalSize | undefined {
  const columns = smaller(reported?.columns, numberIn(variable("COLUMNS")));
  const rows = smaller(reported?.rows, numberIn(variable("LINES")));
  if (columns === undefined && rows === undefined) return undefined;
  return { columns: columns ?? DEFAULT_SIZE.columns, rows: rows ?? DEFAULT_SIZE.rows };
}

/** The size of a terminal that does not tell it: that of the terminals that others imitate. */
export const DEFAULT_SIZE: TerminalSize = { columns: 80, rows: 24 };

/** Whether the environment allows colours on a terminal: NO_COLOR is unset or empty (no-color.org), TERM is not dumb. */
export function allowsColor(variable: ReadVariable): boolean {
  return (variable("NO_COLOR") ?? "") === "" && variable("TERM") !== "dumb";
}

function smaller(reported: number | undefined, chosen: number | undefined): number | undefined {
  const known = [reported, chosen].filter((value) => value !== undefined && value > 0);
  return known.length === 0 ? undefined : Math.min(...known.map(Number));
}

function numberIn(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,5}$/.test(text) ? Number(text) : undefined;
}
