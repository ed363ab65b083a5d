/** A line that expands to several lines: `~SEQ(X, 1, 3) rest` or `~LST(X, a, b) rest`. */
export interface Repetition {
  /** Number of lines. */
  readonly count: number;
  /** Returns the definitions for a line, from 0. */
  definitions(index: number): readonly (readonly [name: string, value: string])[];
  /** The text of each line. */
  readonly rest: string;
}

/** An invalid repetition. */
export interface BadRepetition {
  /** The problem, as a clause. */
  readonly problem: string;
}

/** Most characters of the numbers of a sequence, with the closing parenthesis. */
const MAX_NUMBERS = 63;

/** Reads a number as C does: decimal, hexadecimal after 0x, octal after 0; no digits are 0. */
function readNumber(text: string): { readonly value: number; readonly rest: string } {
  const match = /^\s*([-+]?)(?:0x([\da-f]+)|(0[0-7]*)|([1-9]\d*))/i.exec(text);
  if (match === null) return { value: 0, rest: text };
  const [whole, sign, hex, octal, decimal] = match;
  const size = hex !== undefined ? parseInt(hex, 16) : octal !== undefined ? parseInt(octal, 8) : Number(decimal);
  return { value: sign === "-" ? -size : size, rest: text.slice(whole.length) };
}

/** Reads the numbers of a sequence, up to its parenthesis; undefined if they are invalid. */
function readNumbers(text: string): readonly number[] | undefined {
  const numbers: number[] = [];
  for (let rest = text; numbers.length < 3;) {
    const read = readNumber(rest);
    numbers.push(read.value);
    const after = read.rest.replace(/^[ \t]+/, "");
    if (after.startsWith(")")) return numbers;
    if (!after.startsWith(",")) return undefined;
    rest = after.slice(1);
  }
  return undefined;
}

function parseSequence(line: string, substitute: (text: string) => string): Repetition | BadRepetition {
  const [head, x, name = ""] = /^~SEQ(x?)[ \t]*\([ \t]*([^ \t,)]+)[ \t]*(?=[^)])./s.exec(line) ?? [];
  if (head === undefined) return { problem: "not a sequence such as ~SEQ(NAME, 1, 10); keepalived ignores it" };
  const inner = line.slice(head.length).replace(/^[ \t]+/, "");
  const end = inner.indexOf(")");
  if (end < 0 || end + 1 > MAX_NUMBERS) return { problem: "its numbers do not end; keepalived ignores it" };
  const rest = inner.slice(end + 1).replace(/^[ \t]+/, "");
  const numbers = readNumbers(substitute(inner.slice(0, end + 1)));
  const [one = 0, two = 0, three = 0] = numbers ?? [];
  if (numbers === undefined || !numbers.every(Number.isSafeInteger)) {
    return { problem: "not a sequence such as ~SEQ(NAME, 1, 10); keepalived ignores it" };
  }
  const [start, step, last] = numbers.length === 1
    ? [one < 0 ? -1 : 1, one < 1 ? -1 : 1, one]
    : numbers.length === 2
    ? [one, one <= two ? 1 : -1, two]
    : [one, two, three];
  if (step === 0 || (start < last && step < 0) || (start > last && step > 0)) {
    return { problem: "its step leads away from its end; keepalived ignores it" };
  }
  const isHex = x !== "";
  if (isHex && (start < 0 || last < 0)) return { problem: "~SEQx takes no negative numbers; keepalived ignores it" };
  return {
    count: Math.floor((last - start) / step) + 1,
    definitions: (index) => [[name, (start + index * step).toString(isHex ? 16 : 10)]],
    rest,
  };
}

const BAD_LIST: BadRepetition = {
  problem: "not a list such as ~LST(NAME, a, b) or ~LST({A, B}, {1, 2}, {3, 4}); keepalived ignores it",
};

/** A group in braces, or a word. */
const ITEM = /^[ \t]*(?:\{([^{}]*)\}|([^ \t,{}][^ \t,}]*|))[ \t]*(?:,|$)/;

/** Splits a list at its commas, except within braces; undefined if it is invalid. */
function splitList(text: string): readonly (readonly string[])[] | undefined {
  const items: string[][] = [];
  for (let rest = text;;) {
    const match = ITEM.exec(rest);
    if (match === null) return undefined;
    const [whole, group, word = ""] = match;
    const values = group === undefined ? [word] : group.split(",").map((each) => each.trim());
    if (values.some((value) => /[ \t]/.test(value))) return undefined;
    items.push(values);
    rest = rest.slice(whole.length);
    if (!whole.endsWith(",")) return items;
  }
}

function parseList(line: string): Repetition | BadRepetition {
  const [, inner, rest = ""] = /^~LST[ \t]*\(([^)]*)\)[ \t]*(.*)$/s.exec(line) ?? [];
  const items = inner === undefined ? undefined : splitList(inner);
  const [names, ...rows] = items ?? [];
  if (names === undefined || rows.length === 0) return BAD_LIST;
  if (rows.some((row) => row.length > names.length)) {
    return { problem: "it has more values than names; keepalived ignores it" };
  }
  return {
    count: rows.length,
    definitions: (index) => names.map((name, at) => [name, rows[index]?.[at] ?? ""]),
    rest,
  };
}

/** Whether a line begins with a sequence or a list; any other line with `~` is an ordinary line for keepalived. */
export function isRepetition(line: string): boolean {
  return line.startsWith("~SEQ") || line.startsWith("~LST");
}

/**
 * Parses a line that begins with `~SEQ` or `~LST`.
 *
 * @param substitute Replaces the names between the numbers of a sequence by their values.
 */
export function parseRepetition(line: string, substitute: (text: string) => string): Repetition | BadRepetition {
  return line.startsWith("~LST") ? parseList(line) : parseSequence(line, substitute);
}
