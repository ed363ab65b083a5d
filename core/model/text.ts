/**
 * Characters that a terminal or YAML does not print as text on one line: control characters, line ends, marks that
 * change the direction of writing and so the visible text, and code points without a character.
 */
// deno-lint-ignore no-control-regex -- the pattern is for control characters
const UNFIT = /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ufffe\uffff]+/g;

/**
 * The text with a replacement for everything that cannot be printed on one line.
 *
 * @param replace Receives one or more adjacent characters of that kind, each a single UTF-16 unit.
 */
export function replaceUnfit(text: string, replace: (unfit: string) => string): string {
  return text.replace(UNFIT, replace);
}

const DEFAULT_MAX_LENGTH = 80;

/** A server's text for one line of a log: characters beyond ASCII become dots, and long text is cut off. */
export function printable(text: string, maxLength: number = DEFAULT_MAX_LENGTH): string {
  const short = text.length > maxLength ? `${text.slice(0, maxLength - 3)}...` : text;
  return short.replace(/[^ -~]/g, ".");
}
