import { MAX_CODE_UNIT, rangesOf, WORD } from "./code_units.ts";
import type { Program, State } from "./program.ts";

/** Most cells of memory that the known states of an automaton take, each of 8 bytes at most. */
const MAX_CELLS = 1 << 14;

/** The cells of a position in addition to its states and its transitions. */
const CELLS_OF_A_POSITION = 16;

/** The beginning of the text, or the kind of the code unit before a position. */
export type Before = "start" | "word" | "other";

/** All states of a program at a position in the text, before the conditions on that position are tested. */
export interface Position {
  /** The states that the last code unit led to, each once, in any order. */
  readonly states: readonly number[];
  /** What stands before it. */
  readonly before: Before;
  /** The next position by class of code units, as far as known. */
  readonly next: (Position | undefined)[];
  /** Another known position with the same hash. */
  readonly sibling: Position | undefined;
}

/** The steps that a search may still take. */
export interface StepLimit {
  /** The number of steps; negative if the search must end. */
  left: number;
}

// The kinds of states as numbers, for the loop over the states.
const MATCH = 0;
const UNIT = 1;
const FORK = 2;
const START = 3;
const END = 4;
const BOUNDARY = 5;
const NO_BOUNDARY = 6;

const ASSERTIONS = { start: START, end: END, boundary: BOUNDARY, "no boundary": NO_BOUNDARY };

function kindOf(state: State): number {
  if (state.kind === "assertion") return ASSERTIONS[state.assertion];
  return state.kind === "match" ? MATCH : state.kind === "unit" ? UNIT : FORK;
}

/** The last round of a search for the next position, after which the marks of all states are removed. */
const LAST_ROUND = 2 ** 30;

function position(states: readonly number[], before: Before, sibling?: Position): Position {
  return { states, before, next: [], sibling };
}

/** A number of 32 bits, such that the sums of different sets of states are different. */
function hashOf(state: number): number {
  const mixed = Math.imul(state + 1, 0x9e3779b1);
  return Math.imul(mixed ^ (mixed >>> 15), 0x85ebca6b);
}

/** The automaton of a program with one position at a time; it learns its transitions while it is used. */
export class Automaton {
  /** The position of every text that matches, whatever follows. */
  readonly matched: Position = position([], "other");
  /** The position of every text that cannot match, whatever follows. */
  readonly dead: Position = position([], "other");
  /** The position before any text. */
  readonly start: Position = position([], "start");
  /** The class of the end of the text, the last one. */
  readonly end: number;
  /** Classes of the code units below 256. */
  readonly low: Uint16Array;

  readonly #entry: number;
  /** First code units of the intervals that have one class each. */
  readonly #firsts: Uint16Array;
  /** The classes of the intervals. */
  readonly #classes: Uint16Array;
  /** Whether a set has a class, by set and class. */
  readonly #members: Uint8Array;
  /** Whether the code units of a class are of words. */
  readonly #isWord: Uint8Array;
  readonly #usesWords: boolean;
  readonly #isAnchored: boolean;
  /** What the states wait for, and what they lead to; a state for a code unit has its set in place of another state. */
  readonly #kinds: Uint8Array;
  readonly #nexts: Uint16Array;
  readonly #others: Uint16Array;
  /** The last round in which a state was met, and in which it was reached. */
  readonly #met: Uint32Array;
  readonly #marks: Uint32Array;
  readonly #pending: Uint16Array;
  readonly #reached: Uint16Array;
  #reachedCount = 0;
  #hash = 0;
  #round = 0;
  /** The known positions by hash, the first of each. */
  readonly #known = new Map<number, Position>();
  #cells = 0;

  /** Sorts the code units by what the program does with them. */
  constructor(program: Program) {
    const { states, entry } = program;
    this.#entry = entry;
    this.#usesWords = states.some((state) => state.kind === "assertion" && /boundary/.test(state.assertion));
    this.#isAnchored = isAnchored(program);
    this.#kinds = Uint8Array.from(states, kindOf);
    this.#nexts = Uint16Array.from(states, (state) => state.kind === "match" ? 0 : state.next);
    this.#others = Uint16Array.from(
      states,
      (state) => state.kind === "fork" ? state.other : state.kind === "unit" ? state.set : 0,
    );
    this.#met = new Uint32Array(states.length);
    this.#marks = new Uint32Array(states.length);
    this.#pending = new Uint16Array(states.length);
    this.#reached = new Uint16Array(states.length);
    const sets = this.#usesWords ? [...program.sets, WORD] : program.sets;
    const firsts = [...new Set([0, ...sets.flatMap(rangesOf).flatMap(([first, last]) => [first, last + 1])])]
      .filter((first) => first <= MAX_CODE_UNIT).sort((a, b) => a - b);
    const intervals = membership(sets, firsts);
    const numbers = new Map([...new Set(intervals)].map((key, index) => [key, index]));
    this.#firsts = Uint16Array.from(firsts);
    this.#classes = Uint16Array.from(intervals, (key) => numbers.get(key) ?? 0);
    this.end = numbers.size;
    this.#members = new Uint8Array(program.sets.length * (numbers.size + 1));
    this.#isWord = new Uint8Array(numbers.size + 1);
    for (const [key, index] of numbers) {
      program.sets.forEach((_, set) => this.#members[set * (numbers.size + 1) + index] = key.charCodeAt(set) - 0x30);
      if (this.#usesWords) this.#isWord[index] = key.charCodeAt(program.sets.length) - 0x30;
    }
    this.low = Uint16Array.from({ length: 256 }, (_, unit) => this.classOf(unit));
  }

  /** The class of a code unit. */
  classOf(unit: number): number {
    let low = 0;
    let high = this.#firsts.length;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if ((this.#firsts[middle] ?? 0) <= unit) low = middle;
      else high = middle;
    }
    return this.#classes[low] ?? 0;
  }

  /** Finds the position after a code unit of a class or after the end, and counts the steps. */
  follow(from: Position, unitClass: number, limit: StepLimit): Position {
    const met = this.#met;
    if (this.#round === LAST_ROUND) {
      met.fill(0);
      this.#marks.fill(0);
      this.#round = 0;
    }
    const round = ++this.#round;
    const pending = this.#pending;
    let count = 0;
    for (const state of from.states) {
      met[state] = round;
      pending[count++] = state;
    }
    const entry = this.#entry;
    if ((from.before === "start" || !this.#isAnchored) && met[entry] !== round) {
      met[entry] = round;
      pending[count++] = entry;
    }
    const next = this.#step(count, { from, unitClass, limit }) ?? this.#intern(unitClass, limit);
    from.next[unitClass] = next;
    return next;
  }

  /** Collects the states that the pending ones lead to; returns the position of a match, if there is one. */
  #step(
    pendingCount: number,
    { from, unitClass, limit }: {
      readonly from: Position;
      readonly unitClass: number;
      readonly limit: StepLimit;
    },
  ): Position | undefined {
    const round = this.#round;
    const kinds = this.#kinds;
    const nexts = this.#nexts;
    const others = this.#others;
    const met = this.#met;
    const marks = this.#marks;
    const members = this.#members;
    const pending = this.#pending;
    const reached = this.#reached;
    const width = this.end + 1;
    const isAtEnd = unitClass === this.end;
    const isAtStart = from.before === "start";
    const isAtBoundary = (from.before === "word") !== (this.#isWord[unitClass] === 1);
    let count = pendingCount;
    let steps = 1;
    let reachedCount = 0;
    let hash = 0;
    while (count > 0) {
      const state = pending[--count] ?? 0;
      const next = nexts[state] ?? 0;
      const kind = kinds[state];
      steps++;
      if (kind === UNIT) {
        // The end is in no set.
        if (members[(others[state] ?? 0) * width + unitClass] === 1 && marks[next] !== round) {
          marks[next] = round;
          reached[reachedCount++] = next;
          hash = (hash + hashOf(next)) | 0;
        }
        continue;
      }
      if (kind === MATCH) {
        limit.left -= steps;
        return this.matched;
      }
      if (kind === FORK) {
        const other = others[state] ?? 0;
        if (met[other] !== round) {
          met[other] = round;
          pending[count++] = other;
        }
      } else {
        const holds = kind === START
          ? isAtStart
          : kind === END
          ? isAtEnd
          : kind === BOUNDARY
          ? isAtBoundary
          : !isAtBoundary;
        if (!holds) continue;
      }
      if (met[next] !== round) {
        met[next] = round;
        pending[count++] = next;
      }
    }
    limit.left -= steps + reachedCount;
    this.#reachedCount = reachedCount;
    this.#hash = hash;
    return undefined;
  }

  /** The position of the states that were reached. */
  #intern(unitClass: number, limit: StepLimit): Position {
    const count = this.#reachedCount;
    if (unitClass === this.end || (count === 0 && this.#isAnchored)) return this.dead;
    const before = this.#usesWords && this.#isWord[unitClass] === 1 ? "word" : "other";
    const hash = before === "word" ? ~this.#hash : this.#hash;
    const first = this.#known.get(hash);
    for (let known = first; known !== undefined; known = known.sibling) {
      limit.left -= Math.min(count, known.states.length) + 1;
      if (known.before === before && this.#hasReached(known.states)) return known;
    }
    this.#cells += CELLS_OF_A_POSITION + this.end + count;
    const isFull = this.#cells > MAX_CELLS;
    if (isFull) this.#forget();
    const states: number[] = [];
    for (let at = 0; at < count; at++) states.push(this.#reached[at] ?? 0);
    limit.left -= CELLS_OF_A_POSITION + count;
    const made = position(states, before, isFull ? undefined : first);
    this.#known.set(hash, made);
    return made;
  }

  #hasReached(states: readonly number[]): boolean {
    if (states.length !== this.#reachedCount) return false;
    for (const state of states) if (this.#marks[state] !== this.#round) return false;
    return true;
  }

  /** Forgets all positions, which are found again when a text needs them. */
  #forget(): void {
    for (const each of this.#known.values()) each.next.length = 0;
    this.#known.clear();
    this.start.next.length = 0;
    this.#cells = 0;
  }
}

/** Whether each interval is in each set, as text of 0 and 1. */
function membership(sets: Program["sets"], firsts: readonly number[]): string[] {
  const marks = firsts.map(() => new Uint8Array(sets.length));
  const indexes = new Map(firsts.map((first, index) => [first, index]));
  sets.forEach((set, number) => {
    for (const [first, last] of rangesOf(set)) {
      const to = indexes.get(last + 1) ?? firsts.length;
      for (let index = indexes.get(first) ?? to; index < to; index++) {
        const row = marks[index];
        if (row !== undefined) row[number] = 1;
      }
    }
  });
  return marks.map((row) => row.join(""));
}

/** Whether every match begins at the start of the text. */
function isAnchored({ states, entry }: Program): boolean {
  const met = new Set([entry]);
  for (const at of met) {
    const state = states[at];
    if (state === undefined || state.kind === "match" || state.kind === "unit") return false;
    if (state.kind === "fork") met.add(state.next).add(state.other);
    else if (state.assertion !== "start") met.add(state.next);
  }
  return true;
}
