const NINE = 57;
const ZERO = 48;
const MINUS = 45;
const PLUS = 43;

function isBlank(code: number): boolean {
  return code === 32 || (code >= 9 && code <= 13);
}

/**
 * Parses a decimal number as C's `strtol` does: blanks and a sign may precede it, nothing may follow.
 *
 * @returns `undefined` if the text is not a number or the number is out of range.
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

/** Parses the number at the start of a text as C's `atoi` does; 0 without one. */
export function leadingNumber(text: string): number {
  return Number(/^[ \t-\r]*([+-]?\d+)/.exec(text)?.[1] ?? 0) | 0;
}

/**
 * Parses an IPv4 address in every form that C's `inet_aton` accepts: one to four numbers, decimal, octal or hexadecimal;
 * the last number fills the remaining bytes; any text may follow after a blank.
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
