import { EXIT, LvsctlError } from "../../errors/mod.ts";

/** Largest number of values of one text: one for every port. */
const MAX_VALUES = 65_536;

/** Largest number of ranges in one text: an IPv6 address has eight groups and a port. */
const MAX_RANGES = 16;

/** Longest text around the ranges, longer than any host name with a port; characters. */
const MAX_PLAIN = 300;

/** Brackets around a range: without inner brackets, and without colons, which mark an IPv6 address. */
const GROUP = /\[([^[\]:]*)\]/g;

/** The alternatives of one part of a text. */
type Part = readonly string[];

function refuse(reason: string, hint: string): LvsctlError {
  return new LvsctlError(reason, { hint, exitCode: EXIT.usage });
}

function number(text: string, options: { readonly radix: 10 | 16; readonly whole: string }): number {
  const pattern = options.radix === 10 ? /^\d{1,9}$/ : /^[\da-f]{1,4}$/i;
  if (pattern.test(text)) return parseInt(text, options.radix);
  const form = options.radix === 10
    ? "write numbers and ranges, as in [11-20] or [80,443,8000-8010]"
    : "in an IPv6 address write hexadecimal numbers and ranges, as in [11-1f]";
  throw refuse(`"${options.whole}" is not a range`, form);
}

/** The numbers of a range, not yet written out. */
interface Range {
  readonly low: number;
  readonly high: number;
  /** The number of digits with leading zeros; 0 without them. */
  readonly width: number;
}

/** The ranges inside brackets: `11-13,20` is 11 to 13 and 20. */
function rangesOf(inside: string, radix: 10 | 16): Range[] {
  const whole = `[${inside}]`;
  const ranges: Range[] = [];
  let count = 0;
  for (const item of inside.split(",")) {
    const [first = "", last = first, ...more] = item.trim().split("-");
    if (more.length > 0) number("", { radix, whole });
    const low = number(first, { radix, whole });
    const high = number(last, { radix, whole });
    if (low > high) throw refuse(`the range "${whole}" is descending`, `write [${last}-${first}]`);
    count += high - low + 1;
    if (count > MAX_VALUES) throw tooMany(whole);
    // Host names may be numbered with leading zeros; the reader of addresses rejects them there.
    ranges.push({ low, high, width: first.startsWith("0") ? first.length : 0 });
  }
  return ranges;
}

function sizeOf(ranges: readonly Range[]): number {
  return ranges.reduce((sum, { low, high }) => sum + high - low + 1, 0);
}

/** The values of ranges as text. */
function valuesOf(ranges: readonly Range[], radix: 10 | 16): string[] {
  const values: string[] = [];
  for (const { low, high, width } of ranges) {
    for (let value = low; value <= high; value++) values.push(value.toString(radix).padStart(width, "0"));
  }
  return values;
}

/** A text in parts: what is between its ranges, and the ranges. */
type Piece = string | { readonly ranges: readonly Range[]; readonly radix: 10 | 16 };

/** Splits a text at its ranges; refuses too many values before any of them is made. */
function piecesOf(text: string): Piece[] {
  const pieces: Piece[] = [];
  let end = 0;
  let count = 1;
  // The brackets so far that are open: inside an IPv6 address there is one.
  let open = 0;
  let seen = 0;
  let plain = 0;
  for (const { 0: group, 1: inside = "", index } of text.matchAll(GROUP)) {
    // The reader of addresses reports brackets around an IPv4 address.
    if (inside === "" || /^\d+(?:\.\d+){3}$/.test(inside)) continue;
    for (; seen < index; seen++) open += text[seen] === "[" ? 1 : text[seen] === "]" ? -1 : 0;
    const radix = open > 0 ? 16 : 10;
    const ranges = rangesOf(inside, radix);
    count *= sizeOf(ranges);
    if (count > MAX_VALUES) throw tooMany(text);
    pieces.push(text.slice(end, index), { ranges, radix });
    // Each value repeats the rest of the text.
    plain += index - end;
    if (pieces.length > 2 * MAX_RANGES || plain > MAX_PLAIN) throw tooLong();
    end = index + group.length;
  }
  pieces.push(text.slice(end));
  if (pieces.length > 1 && plain + text.length - end > MAX_PLAIN) throw tooLong();
  return pieces;
}

/**
 * The number of texts that {@linkcode expandRanges} makes, without making them.
 *
 * @returns The number; 1 for a text whose ranges are not valid, which expanding reports.
 */
export function countRanges(text: string): number {
  if (!text.includes("[")) return 1;
  try {
    return piecesOf(text).reduce((count, piece) => typeof piece === "string" ? count : count * sizeOf(piece.ranges), 1);
  } catch (error) {
    if (!(error instanceof LvsctlError)) throw error;
    return 1;
  }
}

function tooMany(text: string): LvsctlError {
  return refuse(`"${text}" has more than ${MAX_VALUES} values`, "write several smaller ranges");
}

function tooLong(): LvsctlError {
  return refuse("the text around its ranges is too long", `write at most ${MAX_RANGES} ranges in one address`);
}

/**
 * Expands the ranges in a text: `10.0.0.[11-13]:80` gives three texts, `tcp://192.0.2.10:[80,8000-8010]` twelve, and a
 * text without ranges itself. Numbers are decimal, and hexadecimal inside the brackets of an IPv6 address:
 * `[2001:db8::[a-f]]:80`.
 *
 * @throws {LvsctlError} If a range is not valid, or if there are too many values.
 */
export function expandRanges(text: string): readonly string[] {
  if (!text.includes("[")) return [text];
  const pieces = piecesOf(text);
  if (pieces.length === 1) return [text];
  return pieces.reduce<readonly string[]>((heads, piece) => {
    const part: Part = typeof piece === "string" ? [piece] : valuesOf(piece.ranges, piece.radix);
    return heads.flatMap((head) => part.map((value) => head + value));
  }, [""]);
}
