import type { TextExpectation } from "../../model/mod.ts";

/** Most characters of a text that regular expressions examine. */
const MAX_REGEX_TEXT = 64 * 1024;

/**
 * Compares a text with the expected one.
 *
 * @param expect The expected text.
 * @param options.text The text; regular expressions examine its first 64 KiB.
 * @param options.what Name of the text in messages: "body".
 * @returns The difference, or `undefined` if the text is as expected.
 */
export function judgeText(
  expect: { readonly [Key in keyof TextExpectation]: TextExpectation[Key] | undefined },
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

/** The text in quotes, on one line and at most 60 characters long. */
export function quoted(text: string): string {
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 57)}...` : text)
    .replace(/[^ -~]/g, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`);
}
