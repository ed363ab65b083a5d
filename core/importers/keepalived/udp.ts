import type { Entry } from "../document.ts";
import { entry } from "./connection.ts";
import type { Section } from "./section.ts";
import { numberOf } from "./values.ts";

/** Splits hexadecimal digits into bytes of two digits, as keepalived does: a single digit is a byte of its own. */
export function hexBytes(words: readonly string[]): readonly string[] {
  return words.join(" ").split(/\s+/).flatMap((word) => word.match(/..?/g) ?? []).map((byte) => byte.padStart(2, "0"));
}

function bytePattern(byte: string): string {
  if (!/x/i.test(byte)) return `\\x${byte}`;
  const digits = (digit: string): readonly string[] =>
    /x/i.test(digit) ? [..."0123456789abcdef"] : [digit.toLowerCase()];
  const [high = "", low = ""] = byte;
  if (/x/i.test(high) && /x/i.test(low)) return "[^]";
  if (/x/i.test(low)) return `[\\x${high}0-\\x${high}f]`;
  return `[${digits(high).map((digit) => `\\x${digit}${low}`).join("")}]`;
}

/** Most bytes of a datagram. */
const MAX_DATAGRAM = 65_507;

/** The regular expression of an answer: its first bytes, as many as it has, and its length. */
export function replyPattern(
  bytes: readonly string[],
  { min, max }: { readonly min: number; readonly max: number },
): string {
  const more = Math.max(0, min - bytes.length);
  const rest = max < MAX_DATAGRAM ? `[^]{${more},${Math.max(0, max - bytes.length)}}$` : `[^]{${more},}`;
  let pattern = rest;
  for (let at = bytes.length - 1; at >= 0; at--) {
    const inner = bytePattern(bytes[at] ?? "") + pattern;
    // An answer of at least the minimum length may end here.
    pattern = at >= min ? `(?:$|${inner})` : inner;
  }
  return `^${pattern}`;
}

/** The keys of a UDP check for its payload and its answer. */
export function udpEntries(section: Section): readonly Entry[] {
  const entries: Entry[] = [];
  const payload = section.get("payload");
  if (payload !== undefined) {
    entries.push(entry("send", hexBytes(payload.words).map((byte) => `\\x${byte}`).join(""), payload));
  }
  const reply = section.get("require_reply");
  if (reply === undefined) return entries;
  const shortest = section.get("min_reply_length");
  const longest = section.get("max_reply_length");
  const regex = replyPattern(hexBytes(reply.words), { min: numberOf(shortest) ?? 0, max: numberOf(longest) ?? 255 });
  const origins = [reply, shortest, longest].flatMap((statement) => statement === undefined ? [] : [statement.origin]);
  return [...entries, { key: "expect", value: { regex }, origins }];
}
