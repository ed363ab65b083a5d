import { visible } from "../../core/model/mod.ts";

/** The alignment of a column's cells. */
export type Alignment = "left" | "right";

/**
 * Aligns cells in columns two blanks apart, each column as wide as its widest cell. A cell is one line: see
 * {@linkcode visible}.
 *
 * @param cells Rows of cells.
 * @param alignments The alignment of each column, left by default.
 * @returns The lines, without blanks at their ends.
 */
export function alignColumns(cells: readonly (readonly string[])[], alignments: readonly Alignment[]): string[] {
  const rows = cells.map((row) => row.map(visible));
  const widths: number[] = [];
  for (const row of rows) {
    row.forEach((cell, column) => widths[column] = Math.max(widths[column] ?? 0, cell.length));
  }
  return rows.map((row) =>
    row.map((cell, column) => {
      const width = widths[column] ?? 0;
      return alignments[column] === "right" ? cell.padStart(width) : cell.padEnd(width);
    }).join("  ").trimEnd()
  );
}
