import type { Origin } from "../document.ts";
import { isBlank } from "./lines.ts";

/** A statement: its words, and its block in braces. */
export interface Statement {
  /** Its first word. */
  readonly keyword: string;
  /** Its other words without escapes, for most directives. */
  readonly words: readonly string[];
  /** Its other words with escapes, for scripts and regular expressions. */
  readonly escaped: readonly string[];
  /** The statements in its braces; undefined without braces. */
  readonly block: readonly Statement[] | undefined;
  /** Its place in the file. */
  readonly origin: Origin;
}

/** A word of a line with its position. */
export interface Word {
  /** The word, without quotes. */
  readonly text: string;
  /** Its first character in the line, from 0. */
  readonly at: number;
}

/** The words of a text, and whether its last quote is closed. */
export interface Words {
  /** The words. */
  readonly words: readonly Word[];
  /** Whether every quote is closed. */
  readonly isClosed: boolean;
}

function isQuote(character: string): boolean {
  return character === '"' || character === "'";
}

/** Splits a text into words without escapes: a double quote ends a word, and begins one that ends at the next quote. */
export function plainWords(text: string): Words {
  const words: Word[] = [];
  for (let at = 0; at < text.length;) {
    const character = text.charAt(at);
    if (isBlank(character)) at++;
    else if (character === '"') {
      const end = text.indexOf(character, at + 1);
      if (end < 0) return { words, isClosed: false };
      words.push({ text: text.slice(at + 1, end), at });
      at = end + 1;
    } else {
      let end = at;
      while (end < text.length && !isBlank(text.charAt(end)) && text.charAt(end) !== '"') end++;
      words.push({ text: text.slice(at, end), at });
      at = end;
    }
  }
  return { words, isClosed: true };
}

const ESCAPES: Readonly<Record<string, string>> = {
  a: "\x07",
  b: "\b",
  E: "\x1b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
};

/** Parses the escape after a backslash; returns its character and its length. */
function escapeAt(text: string, at: number): { readonly text: string; readonly length: number } {
  const rest = text.slice(at, at + 8);
  const [octal] = /^[0-7]{1,3}/.exec(rest) ?? [];
  if (octal !== undefined) return { text: String.fromCharCode(parseInt(octal, 8) & 0xff), length: octal.length };
  const [hex] = /^x[\da-fA-F]+/.exec(rest) ?? [];
  if (hex !== undefined) return { text: String.fromCharCode(parseInt(hex.slice(1), 16) & 0xff), length: hex.length };
  const [control] = /^c[@-_a-z]/.exec(rest) ?? [];
  if (control !== undefined) return { text: String.fromCharCode(control.charCodeAt(1) & 0x1f), length: 2 };
  const character = rest.charAt(0);
  return { text: ESCAPES[character] ?? character, length: 1 };
}

/** Splits a text into words with quotes anywhere, and with escapes. */
export function escapedWords(text: string): Words {
  const words: Word[] = [];
  let word: { text: string; readonly at: number } | undefined;
  let quote = "";
  const add = (more: string, at: number): void => {
    word ??= { text: "", at };
    word.text += more;
  };
  for (let at = 0; at < text.length; at++) {
    const character = text.charAt(at);
    if (character === "\\" && at + 1 < text.length) {
      const escape = escapeAt(text, at + 1);
      add(escape.text, at);
      at += escape.length;
    } else if (quote === "" && isQuote(character)) {
      add("", at);
      quote = character;
    } else if (character === quote) quote = "";
    else if (quote === "" && isBlank(character)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else add(character, at);
  }
  if (word !== undefined) words.push(word);
  return { words, isClosed: quote === "" };
}
