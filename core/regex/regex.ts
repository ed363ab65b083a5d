import { Automaton, type Position, type StepLimit } from "./automaton.ts";
import { buildProgram, countStates } from "./program.ts";
import { parseSyntax, RegexError, type RegexProblem } from "./syntax.ts";

/** Most characters of an expression. */
const MAX_LENGTH = 1000;

/** Most states of the automaton of an expression. */
const MAX_STATES = 10_000;

/** Most steps of a search: one for each character, and one for each state of a character that is new to the automaton. */
const MAX_STEPS = 2_000_000;

/**
 * Says why an expression cannot be used.
 *
 * @returns The problem, or `undefined` if the expression can be used.
 */
export function regexProblem(pattern: string): RegexProblem | undefined {
  try {
    parse(pattern);
    return undefined;
  } catch (error) {
    if (error instanceof RegexError) return error.problem;
    throw error;
  }
}

function parse(pattern: string): ReturnType<typeof parseSyntax> {
  if (pattern === "" || pattern.length > MAX_LENGTH) {
    throw new RegexError({ reason: `must have 1 to ${MAX_LENGTH} characters`, hint: "shorten it" });
  }
  const node = parseSyntax(pattern);
  const size = countStates(node);
  if (size <= MAX_STATES) return node;
  const many = Number.isSafeInteger(size) ? `${size}` : "far more";
  throw new RegexError({
    reason: `is too large: its repetitions need ${many} states, and ${MAX_STATES} is the maximum`,
    hint: "use smaller numbers in {}",
  });
}

/** The steps that a search may take; several searches can share them. */
export function stepLimit(): StepLimit {
  return { left: MAX_STEPS };
}

/**
 * A regular expression with JavaScript's syntax and meaning, without look-around and back references. It takes time in
 * proportion to the text, whatever the expression and the text are, and limited memory.
 */
export class Regex {
  readonly #automaton: Automaton;

  /**
   * Compiles the expression.
   *
   * @throws {RegexError} If {@linkcode regexProblem} finds a problem.
   */
  constructor(pattern: string) {
    this.#automaton = new Automaton(buildProgram(parse(pattern)));
  }

  /** Whether the expression matches somewhere in a text; `undefined` if the search would take too many steps. */
  test(text: string, limit: StepLimit = stepLimit()): boolean | undefined {
    const search = this.startSearch(limit);
    search.add(text);
    return search.matches();
  }

  /** Begins to search a text that arrives in pieces. */
  startSearch(limit: StepLimit = stepLimit()): RegexSearch {
    return new RegexSearch(this.#automaton, limit);
  }
}

/** A search through a text that arrives in pieces. */
export class RegexSearch {
  readonly #automaton: Automaton;
  readonly #limit: StepLimit;
  #position: Position;

  /** Begins at the start of the text. */
  constructor(automaton: Automaton, limit: StepLimit) {
    this.#automaton = automaton;
    this.#limit = limit;
    this.#position = automaton.start;
  }

  /** Searches the next piece of the text. */
  add(piece: string): void {
    const automaton = this.#automaton;
    const { matched, dead, low } = automaton;
    const limit = this.#limit;
    let position = this.#position;
    let at = 0;
    for (; at < piece.length && position !== matched && position !== dead && limit.left > at; at++) {
      const unit = piece.charCodeAt(at);
      const unitClass = unit < 256 ? low[unit] ?? 0 : automaton.classOf(unit);
      position = position.next[unitClass] ?? automaton.follow(position, unitClass, limit);
    }
    limit.left -= at;
    if (at < piece.length && position !== matched && position !== dead) limit.left = -1;
    this.#position = position;
  }

  /**
   * Whether the expression matches somewhere in the text, if it ends here; `undefined` if the search would take too many
   * steps.
   */
  matches(): boolean | undefined {
    const automaton = this.#automaton;
    const { matched, dead, end } = automaton;
    const position = this.#position;
    if (position === matched) return true;
    if (position === dead) return false;
    if (this.#limit.left < 0) return undefined;
    const last = position.next[end] ?? automaton.follow(position, end, this.#limit);
    return last === matched;
  }
}
