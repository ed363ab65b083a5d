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

const NAME = /^[A-Za-z_]\w*$/;

/** Parses a number as C does: decimal, hexadecimal after 0x, octal after 0. */
function parseNumber(text: string): number | undefined {
  const [, sign = "", digits = ""] = /^([-+]?)(0x[\da-f]+|\d+)$/i.exec(text) ?? [];
  if (digits === "") return undefined;
  const isOctal = /^0[0-7]+$/.test(digits);
  const value = isOctal ? parseInt(digits, 8) : Number(digits);
  return Number.isSafeInteger(value) ? (sign === "-" ? -value : value) : undefined;
}

function parseSequence(words: readonly string[], options: { readonly isHex: boolean; readonly rest: string }):
  | Repetition
  | BadRepetition {
  const { isHex, rest } = options;
  const [name = "", ...texts] = words;
  const numbers = texts.map(parseNumber).filter((number) => number !== undefined);
  if (!NAME.test(name) || numbers.length !== texts.length || numbers.length === 0 || numbers.length > 3) {
    return { problem: "not a sequence such as ~SEQ(NAME, 1, 10)" };
  }
  const end = numbers.at(-1) ?? 0;
  const start = numbers.length > 1 ? numbers[0] ?? 0 : end < 0 ? -1 : 1;
  const step = numbers.length > 2 ? numbers[1] ?? 0 : start <= end ? 1 : -1;
  if (step === 0) return { problem: "a sequence with the step 0 never ends" };
  return {
    count: Math.max(0, Math.floor((end - start) / step) + 1),
    definitions: (index) => {
      const value = start + index * step;
      return [[name, isHex ? (value < 0 ? `-${(-value).toString(16)}` : value.toString(16)) : String(value)]];
    },
    rest,
  };
}

/** Splits a list at its commas, except within braces. */
function splitList(text: string): readonly string[] {
  return (text.match(/(?:\{[^{}]*\}|[^,{}])+/g) ?? []).map((part) => part.trim());
}

function within(part: string): readonly string[] {
  const [, inner] = /^\{(.*)\}$/s.exec(part) ?? [];
  return (inner === undefined ? [part] : inner.split(",")).map((each) => each.trim());
}

function parseList(text: string, rest: string): Repetition | BadRepetition {
  const [first = "", ...values] = splitList(text);
  const names = within(first);
  const rows = values.map((value) => names.length === 1 ? [value] : within(value));
  const isValid = names.every((name) => NAME.test(name)) && rows.length > 0 &&
    rows.every((row) => row.length === names.length);
  if (!isValid) return { problem: "not a list such as ~LST(NAME, a, b) or ~LST({A, B}, {1, 2}, {3, 4})" };
  return {
    count: rows.length,
    definitions: (index) => names.map((name, at) => [name, rows[index]?.[at] ?? ""]),
    rest,
  };
}

/**
 * Parses a line that begins with `~`.
 *
 * @param substitute Replaces the names between the parentheses by their values.
 */
export function parseRepetition(line: string, substitute: (text: string) => string): Repetition | BadRepetition {
  const [, kind, inner = "", rest = ""] = /^~(SEQx?|LST)\s*\(([^()]*)\)\s*(.*)$/s.exec(line) ?? [];
  const list = substitute(inner);
  if (kind === "LST") return parseList(list, rest);
  if (kind === undefined) return { problem: "neither ~SEQ(...), ~SEQx(...) nor ~LST(...)" };
  return parseSequence(list.split(",").map((word) => word.trim()), { isHex: kind === "SEQx", rest });
}
