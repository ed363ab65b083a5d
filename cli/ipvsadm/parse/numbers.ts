import { tryParseIpAddress } from "../../../core/model/mod.ts";

const NINE = 57;
const ZERO = 48;
const MINUS = 45;
const PLUS = 43;

function isBlank(code: number): boolean {
  return code === 32 || (code >= 9 && code <= 13);
}

/**
 * Reads a decimal number as C's `strtol` does: blanks and a sign may come first, nothing may follow.
 *
 * @returns `undefined` if the text is no number or the number is out of range.
 */
export function readNumber(text: string, range: { readonly min: number; readonly max: number }): number | undefined {
  let position = 0;
  while (isBlank(text.charCodeAt(position))) position++;
  const sign = text.charCodeAt(position);
  if (sign === MINUS || sign === PLUS) position++;
  const first = position;
  let value = 0;
  for (; position < text.length; position++) {
    const code = text.charCodeAt(position);
    if (code < ZERO || code > NINE) return undefined;
    value = value * 10 + code - ZERO;
  }
  if (position === first) return undefined;
  if (sign === MINUS) value = -value;
  return value >= range.min && value <= range.max ? value : undefined;
}

/** The number that a text begins with, 0 if it begins with none: C's `atoi`. */
export function leadingNumber(text: string): number {
  return Number(/^[ \t-\r]*([+-]?\d+)/.exec(text)?.[1] ?? 0) | 0;
}

/**
 * Reads an IPv4 address in all the spellings that C's `inet_aton` takes: one to four numbers, decimal, octal or
 * hexadecimal, of which the last fills what is left; anything may follow behind a blank.
 *
 * @returns The address as a number, or `undefined`.
 */
export function readIpv4(text: string): number | undefined {
  const match = /^((?:0x[\da-f]+|\d+)(?:\.(?:0x[\da-f]+|\d+)){0,3})(?:[ \t-\r]|$)/i.exec(text);
  if (match === null) return undefined;
  const parts = (match[1] ?? "").split(".").map(readPart);
  const last = parts.pop() ?? Number.NaN;
  let value = 0;
  for (const part of parts) {
    if (!(part <= 255)) return undefined;
    value = value * 256 + part;
  }
  const room = 2 ** (8 * (4 - parts.length));
  return last < room ? value * room + last : undefined;
}

function readPart(text: string): number {
  if (/^0x/i.test(text)) return parseInt(text, 16);
  if (!text.startsWith("0")) return Number(text);
  return /^[0-7]+$/.test(text) ? parseInt(text, 8) : Number.NaN;
}

/** Whether the text is an IPv6 address in any spelling. */
export function isIpv6(text: string): boolean {
  return text.includes(":") && tryParseIpAddress(text) !== undefined;
}
