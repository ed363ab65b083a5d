import type { Origin } from "../document.ts";

/** A line of a file, or what was made of one by substitution. */
export interface Line {
  /** What stands there, without comments and blanks around it. */
  readonly text: string;
  /** Name of the file. */
  readonly file: string;
  /** Line, from 1. */
  readonly line: number;
  /** Column of the first character, from 1. */
  readonly column: number;
  /** Whether it stands in the file as it is, so that columns within it mean something. */
  readonly isVerbatim: boolean;
}

/** What keepalived takes as blanks. */
const BLANK = " \t\r\f\v";

/**
 * A line without its comment: `#` and `!` begin one, unless they stand between double quotes or behind a backslash,
 * which goes.
 *
 * @returns the text and the column at which it begins, from 1; no text where nothing is left
 */
export function stripComment(raw: string): { readonly text: string; readonly column: number } {
  let text = "";
  let isQuoted = false;
  for (let at = 0; at < raw.length; at++) {
    const character = raw.charAt(at);
    const next = raw.charAt(at + 1);
    if (character === "\\" && next !== "") {
      text += !isQuoted && (next === "#" || next === "!") ? next : character + next;
      at++;
      continue;
    }
    if (character === '"') isQuoted = !isQuoted;
    if (!isQuoted && (character === "#" || character === "!")) break;
    text += character;
  }
  let start = 0;
  while (start < text.length && BLANK.includes(text.charAt(start))) start++;
  let end = text.length;
  while (end > start && BLANK.includes(text.charAt(end - 1))) end--;
  return { text: text.slice(start, end), column: start + 1 };
}

/** A line as the place that something comes from. */
export function originOf({ file, line, column, text }: Line): Origin {
  return { file, line, column, words: text };
}
