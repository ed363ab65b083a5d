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

/** Most bytes of a line for keepalived, which reads the rest as another line. */
export const MAX_LINE_BYTES = 1023;

/** Whether a character separates words for keepalived. */
export function isBlank(character: string): boolean {
  return character !== "" && " \t\f\n\r\v".includes(character);
}

/** Removes the spaces and tabs at the end of a text. */
export function trimBlanksAtEnd(text: string): string {
  let end = text.length;
  while (end > 0 && (text.charAt(end - 1) === " " || text.charAt(end - 1) === "\t")) end--;
  return text.slice(0, end);
}

/** Splits the text of a file into the lines that keepalived reads, with their numbers. */
export function splitLines(text: string): readonly { readonly raw: string; readonly line: number }[] {
  const lines = text.split("\n");
  if (lines.at(-1) === "") lines.pop();
  return lines.flatMap((whole, index) =>
    pieces(whole).map((raw) => ({ raw: raw.replace(/\r+$/, ""), line: index + 1 }))
  );
}

function pieces(line: string): readonly string[] {
  if (line.length * 3 <= MAX_LINE_BYTES) return [line];
  const parts: string[] = [];
  let part = "";
  let bytes = 0;
  for (const character of line) {
    const size = character > "\x7f" ? new TextEncoder().encode(character).length : 1;
    if (bytes + size > MAX_LINE_BYTES) {
      parts.push(part);
      [part, bytes] = ["", 0];
    }
    part += character;
    bytes += size;
  }
  return [...parts, part];
}

/**
 * Removes the comment of a line: `#` and `!` begin a comment, except between double quotes or after a backslash, which
 * is removed. A backslash at the end stays, without the blanks and the comment before it.
 *
 * @returns The text, which may be empty, and its first column, from 1.
 */
export function stripComment(raw: string): { readonly text: string; readonly column: number } {
  let start = 0;
  while (raw.charAt(start) === " " || raw.charAt(start) === "\t") start++;
  let text = "";
  let isQuoted = false;
  let isComment = false;
  let isContinued = false;
  for (let at = start; at < raw.length; at++) {
    const character = raw.charAt(at);
    if (character === "\\") {
      const next = raw.charAt(at + 1);
      isContinued = next === "";
      if (isContinued) break;
      if (!isComment) text += !isQuoted && (next === "#" || next === "!") ? next : character + next;
      at++;
      continue;
    }
    if (character === '"' && !isComment) isQuoted = !isQuoted;
    if (!isQuoted && (character === "#" || character === "!")) isComment = true;
    if (!isComment) text += character;
  }
  return { text: `${trimBlanksAtEnd(text)}${isContinued ? "\\" : ""}`, column: start + 1 };
}

/** The place of a line. */
export function originOf({ file, line, column, text }: Line): Origin {
  return { file, line, column, words: text };
}
