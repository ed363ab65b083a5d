import type { TextExpectation } from "../../model/mod.ts";

/** How much of a text is looked at with regular expressions. */
export const MAX_REGEX_TEXT = 64 * 1024;

/**
 * Compares a text with what is expected of it.
 *
 * @param expect What is expected.
 * @param text The text; regular expressions see its first 64 KiB.
 * @param what What messages call it: "body".
 * @returns Why it does not fit, or `undefined` if it does.
 */
export function judgeText(
  expect: TextExpectation,
  options: { readonly text: string; readonly what: string },
): string | undefined {
  const { text, what } = options;
  const start = text.slice(0, MAX_REGEX_TEXT);
  if (expect.text !== undefined && !text.includes(expect.text)) {
    return `${what} does not contain ${quoted(expect.text)}`;
  }
  if (expect.regex !== undefined && !new RegExp(expect.regex).test(start)) {
    return `${what} does not match ${expect.regex}`;
  }
  if (expect.notRegex !== undefined && new RegExp(expect.notRegex).test(start)) {
    return `${what} matches ${expect.notRegex}`;
  }
  return undefined;
}

/** Text in quotes, on one line. */
export function quoted(text: string): string {
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 57)}...` : text)
    .replace(/[^ -~]/g, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`);
}
