/** How a column's cells are aligned. */
export type Alignment = "left" | "right";

/**
 * Lines of text with cells aligned in columns two blanks apart, each column as wide as its widest cell.
 *
 * @param rows Rows of cells.
 * @param alignments One per column; left where it has none. A left-aligned last cell is not filled up.
 */
export function alignColumns(rows: readonly (readonly string[])[], alignments: readonly Alignment[]): string[] {
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
