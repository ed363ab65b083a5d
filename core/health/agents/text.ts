import { type AgentAnswer, printable } from "../../model/mod.ts";

/** An agent's text, parsed. */
export interface AgentText {
  /** The answer. */
  readonly answer: AgentAnswer;
  /** Words that lvsctl does not know, in their order: `maxconn:30`, and misspelt ones. */
  readonly ignored: readonly string[];
}

/** HAProxy's words, in any case. */
const WORDS: Readonly<Record<string, AgentAnswer>> = {
  up: { health: "up" },
  down: { health: "down" },
  stopped: { health: "down" },
  fail: { health: "down" },
  failed: { health: "down" },
  ready: { mode: "ready" },
  drain: { mode: "drain" },
  maint: { mode: "maint" },
};

/** Largest valid percentage. */
const MAX_PERCENT = 10_000;

/** Longest reason. */
const REASON_LENGTH = 100;

/** The number as a percentage of the weight; `undefined` if it is not from 0 to 10,000. */
export function percentOf(number: number): number | undefined {
  return number >= 0 && number <= MAX_PERCENT ? number : undefined;
}

function readWord(word: string): AgentAnswer | undefined {
  const digits = /^(\d{1,5}(?:\.\d{1,6})?)%$/.exec(word)?.[1];
  const percent = digits === undefined ? undefined : percentOf(Number(digits));
  if (percent !== undefined) return { percent };
  const name = word.toLowerCase();
  return Object.hasOwn(WORDS, name) ? WORDS[name] : undefined;
}

/**
 * Parses an agent's text in the form of HAProxy's agent checks: words in the first line, separated by blanks, tabs,
 * commas or semicolons: a percentage (`75%`), `up`, `down`, `fail`, `stopped`, `ready`, `drain`, `maint`. A later word
 * replaces an earlier one with the same meaning. The text after `#` is a reason.
 *
 * @returns `undefined` if no word is known.
 */
export function parseAgentText(text: string): AgentText | undefined {
  const [line = ""] = text.split(/[\r\n]/, 1);
  const hash = line.indexOf("#");
  const words = hash < 0 ? line : line.slice(0, hash);
  const reason = hash < 0 ? "" : printable(line.slice(hash + 1).trim(), REASON_LENGTH);
  let answer: AgentAnswer = {};
  let isKnown = false;
  const ignored: string[] = [];
  for (const word of words.split(/[ \t,;]+/)) {
    if (word === "") continue;
    const part = readWord(word);
    if (part === undefined) ignored.push(printable(word));
    else {
      answer = { ...answer, ...part };
      isKnown = true;
    }
  }
  if (!isKnown) return undefined;
  return { answer: reason === "" ? answer : { ...answer, reason }, ignored };
}
