import { EXIT, LvsctlError } from "../../../core/errors/mod.ts";

/** A command of a batch. */
export interface BatchLine {
  /** Its number, of the first of its lines if it has several. */
  readonly number: number;
  /** Its words; empty for a blank line or a comment. */
  readonly words: readonly string[];
}

/** What a line of words with one space between them does not have. Most lines are such lines, and a batch has thousands. */
const UNUSUAL = /['"\\#\t\r]| {2}|^ | $/;

/**
 * Splits a batch into lines and words as a shell does, without any expansion: blanks part words, quotes and backslashes
 * hold them together, "#" at the start of a word begins a comment, a backslash at the end of a line continues it.
 *
 * @returns The lines that have words.
 * @throws {LvsctlError} If a quote is not closed; the message names its line.
 */
export function splitLines(text: string, file: string): BatchLine[] {
  const lines: BatchLine[] = [];
  let number = 1;
  for (let at = 0; at < text.length;) {
    const newline = text.indexOf("\n", at);
    const line = newline < 0 ? "" : text.slice(at, newline);
    if (line !== "" && !UNUSUAL.test(line)) {
      lines.push({ number, words: line.split(" ") });
      number++;
      at = newline + 1;
      continue;
    }
    const first = number;
    const { words, end, breaks } = readLine(text, at);
    number += breaks;
    if (words === undefined) {
      throw new LvsctlError(`${file}:${first}: a quote is not closed`, { exitCode: EXIT.usage });
    }
    if (words.length > 0) lines.push({ number: first, words });
    at = end;
  }
  return lines;
}

/** The words of a line, the offset behind it and its line ends; undefined words after a quote that is not closed. */
interface ReadLine {
  readonly words: readonly string[] | undefined;
  readonly end: number;
  readonly breaks: number;
}

/** Characters that end a plain stretch of a word. */
const SPECIAL = /[\s'"\\]/g;

function readLine(text: string, start: number): ReadLine {
  const words: string[] = [];
  let word: string | undefined;
  let breaks = 0;
  let at = start;
  const endWord = (): void => {
    if (word !== undefined) words.push(word);
    word = undefined;
  };
  while (at < text.length) {
    const character = text[at];
    if (character === "\n") {
      endWord();
      return { words, end: at + 1, breaks: breaks + 1 };
    }
    if (character === "#" && word === undefined) {
      const newline = text.indexOf("\n", at);
      at = newline < 0 ? text.length : newline;
    } else if (character === " " || character === "\t" || character === "\r") {
      endWord();
      at++;
    } else if (character === "'" || character === '"') {
      const quoted = readQuoted(text, at);
      if (quoted === undefined) return { words: undefined, end: text.length, breaks };
      word = (word ?? "") + quoted.text;
      breaks += quoted.breaks;
      at = quoted.end;
    } else if (character === "\\") {
      if (text[at + 1] === "\n") breaks++;
      else word = (word ?? "") + (text[at + 1] ?? "");
      at += 2;
    } else {
      SPECIAL.lastIndex = at + 1;
      const end = SPECIAL.exec(text)?.index ?? text.length;
      word = (word ?? "") + text.slice(at, end);
      at = end;
    }
  }
  endWord();
  return { words, end: at, breaks };
}

/** The text in quotes that begin at an offset; undefined if they are not closed. */
function readQuoted(
  text: string,
  start: number,
): { readonly text: string; readonly end: number; readonly breaks: number } | undefined {
  const quote = text[start];
  let value = "";
  let breaks = 0;
  for (let at = start + 1; at < text.length; at++) {
    const character = text[at] ?? "";
    if (character === quote) return { text: value, end: at + 1, breaks };
    if (character === "\n") breaks++;
    // In double quotes a backslash keeps its meaning only before these characters.
    const escaped = text[at + 1];
    if (quote === '"' && character === "\\" && escaped !== undefined && '"\\$`\n'.includes(escaped)) {
      if (escaped === "\n") breaks++;
      else value += escaped;
      at++;
    } else value += character;
  }
  return undefined;
}
