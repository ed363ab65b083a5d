/** A line that stands for several: `~SEQ(X, 1, 3) rest` or `~LST(X, a, b) rest`. */
export interface Repetition {
  /** How many lines it stands for. */
  readonly count: number;
  /** What each of them defines before it is read. */
  definitions(index: number): readonly (readonly [name: string, value: string])[];
  /** What is read each time. */
  readonly rest: string;
}

/** What is wrong with such a line. */
export interface BadRepetition {
  /** A clause for people. */
  readonly problem: string;
}

const NAME = /^[A-Za-z_]\w*$/;

/** A number as C reads it: decimal, hexadecimal behind 0x, octal behind 0. */
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
  const [name = "", ...written] = words;
  const numbers = written.map(parseNumber);
  const given = numbers.filter((number) => number !== undefined);
  if (!NAME.test(name) || given.length !== written.length || given.length === 0 || given.length > 3) {
    return { problem: "not a sequence such as ~SEQ(NAME, 1, 10)" };
  }
  const end = given.at(-1) ?? 0;
  const start = given.length > 1 ? given[0] ?? 0 : end < 0 ? -1 : 1;
  const step = given.length > 2 ? given[1] ?? 0 : start <= end ? 1 : -1;
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

/** The parts between the commas of a list; braces keep what they hold together. */
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
  const isRight = names.every((name) => NAME.test(name)) && rows.length > 0 &&
    rows.every((row) => row.length === names.length);
  if (!isRight) return { problem: "not a list such as ~LST(NAME, a, b) or ~LST({A, B}, {1, 2}, {3, 4})" };
  return {
    count: rows.length,
    definitions: (index) => names.map((name, at) => [name, rows[index]?.[at] ?? ""]),
    rest,
  };
}

/**
 * Reads a line that begins with `~`.
 *
 * @param substitute Puts values in place of names, in what stands between the parentheses.
 */
export function parseRepetition(line: string, substitute: (text: string) => string): Repetition | BadRepetition {
  const [, kind, inner = "", rest = ""] = /^~(SEQx?|LST)\s*\(([^()]*)\)\s*(.*)$/s.exec(line) ?? [];
  const written = substitute(inner);
  if (kind === "LST") return parseList(written, rest);
  if (kind === undefined) return { problem: "neither ~SEQ(...), ~SEQx(...) nor ~LST(...)" };
  return parseSequence(written.split(",").map((word) => word.trim()), { isHex: kind === "SEQx", rest });
}
