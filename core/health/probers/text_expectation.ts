import type { TextExpectation } from "../../model/mod.ts";
import { Regex, type RegexSearch, type StepLimit, stepLimit } from "../../regex/mod.ts";

/** Most characters of a text that regular expressions examine. */
const MAX_REGEX_TEXT = 64 * 1024;

/** What a text must be like. */
export type ExpectedText = { readonly [Key in keyof TextExpectation]: TextExpectation[Key] | undefined };

/** The compiled expressions of a check; its values in the file never change. */
const COMPILED = new WeakMap<object, Map<string, Regex>>();

/** Compiles an expression, once for the object of the file that has it. */
function compiled(pattern: string, owner: object): Regex {
  let known = COMPILED.get(owner);
  if (known === undefined) {
    known = new Map();
    COMPILED.set(owner, known);
  }
  let regex = known.get(pattern);
  if (regex === undefined) {
    regex = new Regex(pattern);
    known.set(pattern, regex);
  }
  return regex;
}

/** Begins a search, if there is an expression. */
function searchFor(
  pattern: string | undefined,
  options: { readonly owner: object; readonly limit: StepLimit },
): RegexSearch | undefined {
  return pattern === undefined ? undefined : compiled(pattern, options.owner).startSearch(options.limit);
}

/** Compares a text that arrives in pieces with the expected one, and looks at each character once. */
export class TextJudge {
  readonly #expect: ExpectedText;
  readonly #text: string | undefined;
  readonly #what: string;
  readonly #limit = stepLimit();
  readonly #regex: RegexSearch | undefined;
  readonly #notRegex: RegexSearch | undefined;
  /** How many more characters the regular expressions examine. */
  #regexLeft = MAX_REGEX_TEXT;
  #isTextFound = false;
  /** The end of the text, where the expected one can have begun. */
  #tail = "";

  /**
   * Begins with an empty text.
   *
   * @param expect The expected text, as the file has it.
   * @param options.what Name of the text in messages: "body".
   * @param options.contains What the text must contain; `expect.text` by default.
   */
  constructor(expect: ExpectedText, options: { readonly what: string; readonly contains?: string | undefined }) {
    const { what, contains = expect.text } = options;
    this.#expect = expect;
    this.#text = contains;
    this.#what = what;
    this.#regex = searchFor(expect.regex, { owner: expect, limit: this.#limit });
    this.#notRegex = searchFor(expect.notRegex, { owner: expect, limit: this.#limit });
  }

  /** Whether the regular expressions took too many steps, so that no more text changes the result. */
  get isExhausted(): boolean {
    return this.#limit.left < 0;
  }

  /** Adds the next piece of the text; regular expressions examine the first 64 KiB of all. */
  add(piece: string): void {
    if (this.#text !== undefined && !this.#isTextFound) {
      const joined = this.#tail + piece;
      this.#isTextFound = joined.includes(this.#text);
      this.#tail = joined.slice(Math.max(0, joined.length - this.#text.length + 1));
    }
    const start = piece.slice(0, this.#regexLeft);
    this.#regexLeft -= start.length;
    this.#regex?.add(start);
    this.#notRegex?.add(start);
  }

  /** The difference between the text and the expected one, if the text ends here; `undefined` if there is none. */
  get difference(): string | undefined {
    const { regex, notRegex } = this.#expect;
    const what = this.#what;
    if (this.#text !== undefined && !this.#isTextFound) return `${what} does not contain ${quoted(this.#text)}`;
    const isMatch = this.#regex?.matches();
    if (this.#regex !== undefined && isMatch !== true) {
      return isMatch === false ? `${what} does not match ${regex}` : tooManySteps(what, regex);
    }
    const isOther = this.#notRegex?.matches();
    if (this.#notRegex !== undefined && isOther !== false) {
      return isOther === true ? `${what} matches ${notRegex}` : tooManySteps(what, notRegex);
    }
    return undefined;
  }
}

function tooManySteps(what: string, regex: string | undefined): string {
  return `${what} takes too many steps to compare with ${regex}; simplify the expression`;
}

/**
 * Compares a text with the expected one.
 *
 * @param expect The expected text, as the file has it.
 * @param options.text The text; regular expressions examine its first 64 KiB.
 * @param options.what Name of the text in messages: "body".
 * @param options.contains What the text must contain; `expect.text` by default.
 * @returns The difference, or `undefined` if the text is as expected.
 */
export function judgeText(
  expect: ExpectedText,
  options: { readonly text: string; readonly what: string; readonly contains?: string | undefined },
): string | undefined {
  const judge = new TextJudge(expect, options);
  judge.add(options.text);
  return judge.difference;
}

/**
 * Compares several texts with an expression, which one of them must match.
 *
 * @param expect What the file expects.
 * @param options.texts The texts; together they have the steps of one.
 * @param options.what Name of the texts in messages: "none of the answers".
 * @returns The difference, or `undefined` if one matches.
 */
export function judgeTexts(
  expect: Pick<ExpectedText, "regex">,
  options: { readonly texts: readonly string[]; readonly what: string },
): string | undefined {
  const { regex } = expect;
  if (regex === undefined) return undefined;
  const { texts, what } = options;
  const limit = stepLimit();
  for (const text of texts) {
    const search = compiled(regex, expect).startSearch(limit);
    search.add(text.slice(0, MAX_REGEX_TEXT));
    const isMatch = search.matches();
    if (isMatch === true) return undefined;
    if (isMatch === undefined) return tooManySteps("answer", regex);
  }
  return `${what} matches ${regex}`;
}

/** The text in quotes, on one line and at most 60 characters long. */
export function quoted(text: string): string {
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 57)}...` : text)
    .replace(/[^ -~]/g, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`);
}
