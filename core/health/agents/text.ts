import { type AgentAnswer, printable } from "../../model/mod.ts";

/** What was made of an agent's text. */
export interface AgentText {
  /** What it says. */
  readonly answer: AgentAnswer;
  /** The words that say nothing to lvsctl, in their order: `maxconn:30`, and what is misspelt. */
  readonly ignored: readonly string[];
}

/** HAProxy's words, which may be written in any case. */
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

/** The largest percentage that is taken for one. */
const MAX_PERCENT = 10_000;

/** How much of a reason is kept. */
const REASON_LENGTH = 100;

/** A share of the weight: the number, if it is one from 0 to 10,000. */
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
 * Reads what an agent says, in the form of HAProxy's agent checks: words in the first line, divided by blanks, tabs,
 * commas or semicolons: a percentage (`75%`), `up`, `down`, `fail`, `stopped`, `ready`, `drain`, `maint`. Of two words
 * on the same matter the later counts. Everything after `#` is a reason.
 *
 * @returns `undefined` if no word says anything.
 */
export function readAgentText(text: string): AgentText | undefined {
  const [line = ""] = text.split(/[\r\n]/, 1);
  const sharp = line.indexOf("#");
  const said = sharp < 0 ? line : line.slice(0, sharp);
  const reason = sharp < 0 ? "" : printable(line.slice(sharp + 1).trim(), REASON_LENGTH);
  let answer: AgentAnswer = {};
  let isUnderstood = false;
  const ignored: string[] = [];
  for (const word of said.split(/[ \t,;]+/)) {
    if (word === "") continue;
    const part = readWord(word);
    if (part === undefined) ignored.push(printable(word));
    else {
      answer = { ...answer, ...part };
      isUnderstood = true;
    }
  }
  if (!isUnderstood) return undefined;
  return { answer: reason === "" ? answer : { ...answer, reason }, ignored };
}
