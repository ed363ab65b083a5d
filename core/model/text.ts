/**
 * What a terminal or YAML would take for something else than text on one line: control characters, ends of lines, marks
 * that turn the direction of writing and with it what a reader sees, and what is no character.
 */
// deno-lint-ignore no-control-regex -- control characters are what is looked for
const UNFIT = /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ufffe\uffff]+/g;

/**
 * The text with something else in place of what does not fit on one line for people.
 *
 * @param replace Is given one or more such characters that stand together; each of them is a single UTF-16 unit.
 */
export function replaceUnfit(text: string, replace: (unfit: string) => string): string {
  return text.replace(UNFIT, replace);
}

const MAX_SHOWN = 80;

/** What a server said, fit for one line of a log: characters beyond ASCII are dots, and what is long is cut. */
export function printable(text: string, maxLength: number = MAX_SHOWN): string {
  const short = text.length > maxLength ? `${text.slice(0, maxLength - 3)}...` : text;
  return short.replace(/[^ -~]/g, ".");
}
