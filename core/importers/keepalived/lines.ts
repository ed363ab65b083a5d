import type { Origin } from "../document.ts";

/** A line of a file, or the result of a substitution in one. */
export interface Line {
  /** Its text without comments and surrounding blanks. */
  readonly text: string;
  /** Name of the file. */
  readonly file: string;
  /** Line, from 1. */
  readonly line: number;
  /** Column of the first character, from 1. */
  readonly column: number;
  /** Whether the file contains this very text, so that columns within it are exact. */
  readonly isVerbatim: boolean;
}

/** keepalived's blanks. */
const BLANK = " \t\r\f\v";

/**
 * Removes the comment of a line: `#` and `!` begin a comment, except between double quotes or after a backslash, which
 * is removed.
 *
 * @returns The text, which may be empty, and its first column, from 1.
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

/** The place of a line. */
export function originOf({ file, line, column, text }: Line): Origin {
  return { file, line, column, words: text };
}
