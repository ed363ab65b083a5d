import { visible } from "../../core/model/mod.ts";
import { type Line, plainText, type Span, type Style } from "./line.ts";
import { cutEnd, cutMiddle, padText, textWidth, wrapText } from "./text_width.ts";

/** A column of a table. */
export interface Column {
  /**
   * The side to which its cells are aligned.
   *
   * @default {"left"}
   */
  readonly align?: "left" | "right" | undefined;
  /** Where its cells are cut if the lines are too wide; without it, the column keeps its width. */
  readonly cut?: "middle" | "end" | undefined;
  /**
   * The width down to which its cells are cut.
   *
   * @default {12}
   */
  readonly least?: number | undefined;
}

/** One cell: text, or text with details. */
export type Cell = string | {
  /** The text. */
  readonly text: string;
  /** More text behind it, which is cut first. */
  readonly more?: string | undefined;
  /** Its meaning. */
  readonly style?: Style | undefined;
};

/** Cells of a table. */
export interface CellRow {
  /** The cells, for the first columns or all. */
  readonly cells: readonly Cell[];
  /** The meaning of cells without their own. */
  readonly style?: Style | undefined;
}

/** A line of a table that is not in its columns. */
export interface TextRow {
  /** The text. */
  readonly text: string;
  /** Its meaning. */
  readonly style?: Style | undefined;
  /** If it is too wide, it continues on lines with as many blanks before them; without it, it is cut. */
  readonly indent?: number | undefined;
}

/** A row of a table. */
export type Row = CellRow | TextRow;

/** A table, before it is laid out. */
export interface Table {
  /** The columns. */
  readonly columns: readonly Column[];
  /** The rows. */
  readonly rows: readonly Row[];
}

/** A column with a title. */
export interface TitledColumn extends Column {
  /** The title. */
  readonly title: string;
}

const GAP = "  ";
const DEFAULT_LEAST = 12;

/** The width below which the details of a cell are left out. */
const SHORTEST_DETAILS = 8;

/** The width to which a column is cut where the least widths of all are too much. */
const NARROWEST = 4;

/** A table whose first row has the titles. */
export function titledTable(columns: readonly TitledColumn[], cells: readonly (readonly Cell[])[]): Table {
  return { columns, rows: [columns.map(({ title }) => title), ...cells].map((row) => ({ cells: row })) };
}

/**
 * Lays out a table in columns two blanks apart, each as wide as its widest cell. A cell is one line: see
 * {@linkcode visible}.
 *
 * @param table The table.
 * @param options.width The largest width of a line, for which cells are cut; undefined cuts none.
 * @param options.widths The widths of the columns, from {@linkcode fitColumns} of rows like these.
 * @returns The lines, without blanks at their ends.
 */
export function layOut(
  { columns, rows }: Table,
  options: { readonly width?: number | undefined; readonly widths?: readonly number[] | undefined } = {},
): Line[] {
  const { width } = options;
  const clean = rows.map(cleanRow);
  const widths = options.widths ?? fittedWidths(columns, { natural: naturalWidths(clean), width });
  return clean.flatMap((row): readonly Line[] => {
    if (!("cells" in row)) return textLines(row, width);
    const line = cellLine(row, { columns, widths });
    // Rows with more cells than have room at all; the terminal must not wrap them.
    return [width !== undefined && textWidth(plainText(line)) > width ? cutEnd(plainText(line), width) : line];
  });
}

/** The widths of the columns of a table in lines of at most this width. */
export function fitColumns({ columns, rows }: Table, width: number): readonly number[] {
  return fittedWidths(columns, { natural: naturalWidths(rows.map(cleanRow)), width });
}

/** Whether a table has room in lines of this width without a column below its least width. */
export function hasRoom({ columns, rows }: Table, width: number): boolean {
  const natural = naturalWidths(rows.map(cleanRow));
  return totalOf(natural.map((own, index) => Math.min(own, leastOf(columns[index], own)))) <= width;
}

/** The first of the tables that has room in lines of this width, or the last; later ones are made only if needed. */
export function firstWithRoom(
  tables: readonly [() => Table, ...(() => Table)[]],
  width: number | undefined,
): Table {
  const [first, ...others] = tables;
  let table = first();
  if (width === undefined) return table;
  for (const next of others) {
    if (hasRoom(table, width)) break;
    table = next();
  }
  return table;
}

function cleanRow(row: Row): Row {
  if (!("cells" in row)) return { ...row, text: visible(row.text) };
  const cells = row.cells.map((cell): Cell => {
    if (typeof cell === "string") return visible(cell);
    const { text, more, style } = cell;
    return { text: visible(text), more: more === undefined ? undefined : visible(more), style };
  });
  return { cells, style: row.style };
}

function naturalWidths(rows: readonly Row[]): number[] {
  const widths: number[] = [];
  for (const row of rows) {
    if (!("cells" in row)) continue;
    row.cells.forEach((cell, index) => widths[index] = Math.max(widths[index] ?? 0, textWidth(fullText(cell))));
  }
  return widths;
}

function fullText(cell: Cell): string {
  return typeof cell === "string" ? cell : cell.text + (cell.more ?? "");
}

function leastOf(column: Column | undefined, natural: number): number {
  return column?.cut === undefined ? natural : column.least ?? DEFAULT_LEAST;
}

function totalOf(widths: readonly number[]): number {
  return widths.reduce((sum, width) => sum + width, GAP.length * Math.max(0, widths.length - 1));
}

/** The widths of the columns, where the widest of those that can be cut give way first. */
function fittedWidths(
  columns: readonly Column[],
  { natural, width }: { readonly natural: readonly number[]; readonly width: number | undefined },
): readonly number[] {
  if (width === undefined) return natural;
  const widths = [...natural];
  let excess = totalOf(widths) - width;
  const narrow = (leastOf: (index: number) => number): void => {
    while (excess > 0) {
      let widest = -1;
      widths.forEach((own, index) => {
        if (own > leastOf(index) && own >= (widths[widest] ?? 0)) widest = index;
      });
      if (widest < 0) return;
      widths[widest] = (widths[widest] ?? 0) - 1;
      excess--;
    }
  };
  narrow((index) => leastOf(columns[index], Infinity));
  narrow((index) => columns[index]?.cut === undefined ? Infinity : NARROWEST);
  return widths;
}

function textLines({ text, style, indent }: TextRow, width: number | undefined): readonly Line[] {
  const texts = width === undefined
    ? [text]
    : indent === undefined
    ? [cutEnd(text, width)]
    : wrapText(text, { width, indent });
  return style === undefined ? texts : texts.map((one) => [{ text: one, style }]);
}

function cellLine(
  { cells, style }: CellRow,
  { columns, widths }: { readonly columns: readonly Column[]; readonly widths: readonly number[] },
): Line {
  const spans = cells.map((cell, index): Span => {
    const column = columns[index];
    const width = widths[index] ?? 0;
    const text = padText(cutCell(cell, { column, width }), { width, align: column?.align ?? "left" });
    return { text, style: (typeof cell === "string" ? undefined : cell.style) ?? style };
  });
  if (spans.every((span) => span.style === undefined)) return spans.map(({ text }) => text).join(GAP).trimEnd();
  return trimmed(spans.flatMap((span, index) => index === 0 ? [span] : [{ text: GAP }, span]));
}

function cutCell(
  cell: Cell,
  { column, width }: { readonly column: Column | undefined; readonly width: number },
): string {
  const full = fullText(cell);
  if (textWidth(full) <= width) return full;
  const text = typeof cell === "string" ? cell : cell.text;
  const room = width - textWidth(text);
  if (text !== full && room >= 0) return room < SHORTEST_DETAILS ? text : cutEnd(full, width);
  return column?.cut === "middle" ? cutMiddle(text, width) : cutEnd(text, width);
}

/** The spans without blanks at the end of the line. */
function trimmed(spans: readonly Span[]): readonly Span[] {
  const kept = [...spans];
  for (let last = kept.pop(); last !== undefined; last = kept.pop()) {
    const text = last.text.trimEnd();
    if (text !== "") return [...kept, { ...last, text }];
  }
  return [];
}
