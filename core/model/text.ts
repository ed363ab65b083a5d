/**
 * The one gate for text of others: answers of servers, names of addresses, arguments, environment, values of files,
 * names of processes, stored files.
 *
 * Text enters as one line ({@linkcode oneLine}, or {@linkcode printable} for bytes of a server), and passes
 * {@linkcode forTerminal} when it is written. Both write an unfit character as JSON does, so JSON stays the same JSON:
 * `\n`, `\u001b`, `\u202e`.
 *
 * @module
 */

/**
 * Characters that a terminal or YAML does not print as text on one line: control characters, line ends, marks that
 * change the direction of writing and so the visible text, halves of characters, and code points without a character.
 */
const UNFIT =
  // deno-lint-ignore no-control-regex -- the pattern is for control characters
  /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ufffe\uffff\p{Cs}]+/gu;

/** The same without the two control characters that lay out text of several lines: tab and line feed. */
const UNFIT_IN_LINES =
  // deno-lint-ignore no-control-regex -- the pattern is for control characters
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ufffe\uffff\p{Cs}]+/gu;

/**
 * The text with a replacement for everything that cannot be printed on one line.
 *
 * @param replace Receives one or more adjacent characters of that kind, each a single UTF-16 unit.
 */
export function replaceUnfit(text: string, replace: (unfit: string) => string): string {
  return text.replace(UNFIT, replace);
}

/** The text with an escape in place of each character that cannot be printed on one line. */
export function visible(text: string): string {
  return text.replace(UNFIT, escaped);
}

/** The path of a file in a message; an empty one, such as that of a variable without a value, as two quotes. */
export function pathText(path: string): string {
  return path === "" ? '""' : visible(path);
}

/** The text for a stream: as {@linkcode visible}, but tabs and line feeds stay. */
export function forTerminal(text: string): string {
  return text.replace(UNFIT_IN_LINES, escaped);
}

function escaped(unfit: string): string {
  return unfit.replace(/[^]/g, (unit) => {
    const json = JSON.stringify(unit).slice(1, -1);
    return json === unit ? `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}` : json;
  });
}

const MAX_LINE = 600;

/** Text of others as one line: {@linkcode visible}, and cut if it is very long. */
export function oneLine(text: string): string {
  return visible(text.length > MAX_LINE ? `${text.slice(0, MAX_LINE - 3)}...` : text);
}

/** Longest line of an error: about ten lines of a terminal. */
const MAX_ERROR_LINE = 900;

/** The end of a cut line: the reason follows what it is about. */
const ERROR_END = 300;

/** The line of an error: a very long one, which quotes what a user or a program gave, is cut in its middle. */
export function errorLine(line: string): string {
  if (line.length <= MAX_ERROR_LINE) return line;
  return `${line.slice(0, MAX_ERROR_LINE - ERROR_END - 3)}...${line.slice(-ERROR_END)}`.toWellFormed();
}

const DEFAULT_MAX_LENGTH = 80;

/** A server's bytes for one line of a log: characters beyond ASCII become dots, and long text is cut off. */
export function printable(text: string, maxLength: number = DEFAULT_MAX_LENGTH): string {
  const short = text.length > maxLength ? `${text.slice(0, maxLength - 3)}...` : text;
  return short.replace(/[^ -~]/g, ".");
}

const MAX_LISTED_NAMES = 5;

/** Several names as text: "a, b and 3 more". */
export function listNames(names: readonly string[]): string {
  if (names.length <= MAX_LISTED_NAMES) return names.join(", ");
  return `${names.slice(0, MAX_LISTED_NAMES).join(", ")} and ${names.length - MAX_LISTED_NAMES} more`;
}

/** A number and its noun: "1 server", "2 servers". */
export function counted(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}
