/** The meaning of a text that a terminal can show by a colour. */
export type Style = "added" | "changed" | "removed" | "good" | "bad" | "warning" | "dim" | "bold" | "reverse";

/** A part of a line. */
export interface Span {
  /** The text. */
  readonly text: string;
  /** Its meaning; undefined for none. */
  readonly style?: Style | undefined;
}

/** One line without its end: plain text, or parts with meanings. */
export type Line = string | readonly Span[];

/** The text of a line. */
export function plainText(line: Line): string {
  if (typeof line === "string") return line;
  const [only, ...others] = line;
  return others.length === 0 ? only?.text ?? "" : line.map(({ text }) => text).join("");
}
