/** The largest UTF-16 code unit. */
export const MAX_CODE_UNIT = 0xffff;

/** A set of UTF-16 code units: the first and the last of each range, in order, the ranges apart from each other. */
export type CodeUnits = readonly number[];

/** The union of ranges, which may overlap and have any order. */
export function unionOf(ranges: readonly (readonly [number, number])[]): CodeUnits {
  const result: number[] = [];
  for (const [first, last] of [...ranges].sort(([a], [b]) => a - b)) {
    const end = result.at(-1);
    if (end === undefined || first > end + 1) result.push(first, last);
    else if (last > end) result[result.length - 1] = last;
  }
  return result;
}

/** The ranges of a set. */
export function rangesOf(set: CodeUnits): readonly (readonly [number, number])[] {
  const ranges: [number, number][] = [];
  for (let at = 0; at + 1 < set.length; at += 2) ranges.push([set[at] ?? 0, set[at + 1] ?? 0]);
  return ranges;
}

/** All other code units. */
export function complementOf(set: CodeUnits): CodeUnits {
  const result: number[] = [];
  let next = 0;
  for (const [first, last] of rangesOf(set)) {
    if (first > next) result.push(next, first - 1);
    next = last + 1;
  }
  if (next <= MAX_CODE_UNIT) result.push(next, MAX_CODE_UNIT);
  return result;
}

const DIGITS = [0x30, 0x39];
const SPACES = unionOf([
  [0x09, 0x0d],
  [0x20, 0x20],
  [0xa0, 0xa0],
  [0x1680, 0x1680],
  [0x2000, 0x200a],
  [0x2028, 0x2029],
  [0x202f, 0x202f],
  [0x205f, 0x205f],
  [0x3000, 0x3000],
  [0xfeff, 0xfeff],
]);

/** What `\w` matches; `\b` is a boundary of it. */
export const WORD: CodeUnits = unionOf([[0x30, 0x39], [0x41, 0x5a], [0x5f, 0x5f], [0x61, 0x7a]]);

/** What `.` matches. */
export const DOT: CodeUnits = complementOf(unionOf([[0x0a, 0x0a], [0x0d, 0x0d], [0x2028, 0x2029]]));

/** What `\d`, `\D`, `\s`, `\S`, `\w` and `\W` match, by their letter. */
export const CLASS_ESCAPES: Readonly<Record<string, CodeUnits>> = {
  d: DIGITS,
  D: complementOf(DIGITS),
  s: SPACES,
  S: complementOf(SPACES),
  w: WORD,
  W: complementOf(WORD),
};
