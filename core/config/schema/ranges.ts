import { EXIT, LvsctlError } from "../../errors/mod.ts";

/** Largest number of values of one text: one for every port. */
const MAX_VALUES = 65_536;

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

/** The values of the text inside brackets: `11-13,20` is 11, 12, 13, 20. */
function valuesOf(inside: string, radix: 10 | 16): string[] {
  const whole = `[${inside}]`;
  const values: string[] = [];
  for (const item of inside.split(",")) {
    const [first = "", last = first, ...more] = item.trim().split("-");
    if (more.length > 0) number("", { radix, whole });
    const low = number(first, { radix, whole });
    const high = number(last, { radix, whole });
    if (low > high) throw refuse(`the range "${whole}" is descending`, `write [${last}-${first}]`);
    if (values.length + high - low >= MAX_VALUES) throw tooMany(whole);
    // Host names may be numbered with leading zeros; the reader of addresses rejects them there.
    const width = first.startsWith("0") ? first.length : 0;
    for (let value = low; value <= high; value++) values.push(value.toString(radix).padStart(width, "0"));
  }
  return values;
}

function tooMany(text: string): LvsctlError {
  return refuse(`"${text}" has more than ${MAX_VALUES} values`, "write several smaller ranges");
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
  const parts: Part[] = [];
  let end = 0;
  let count = 1;
  for (const { 0: group, 1: inside = "", index } of text.matchAll(GROUP)) {
    // The reader of addresses reports brackets around an IPv4 address.
    if (inside === "" || /^\d+(?:\.\d+){3}$/.test(inside)) continue;
    const before = text.slice(0, index);
    const isInside = before.split("[").length > before.split("]").length;
    const values = valuesOf(inside, isInside ? 16 : 10);
    count *= values.length;
    if (count > MAX_VALUES) throw tooMany(text);
    parts.push([text.slice(end, index)], values);
    end = index + group.length;
  }
  if (parts.length === 0) return [text];
  parts.push([text.slice(end)]);
  return parts.reduce<readonly string[]>((heads, part) => {
    return heads.flatMap((head) => part.map((value) => head + value));
  }, [""]);
}
