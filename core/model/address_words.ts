const DOT = 46;
const ZERO = 48;
const NINE = 57;
const COLON = 58;

// Addresses and their numbers, read character by character: tables of many thousand addresses pass through here.

/** The address as a number, without allocating anything; undefined if the text is not an IPv4 address. */
export function ipv4Value(text: string): number | undefined {
  let index = 0;
  let address = 0;
  for (let octet = 0; octet < 4; octet++) {
    if (octet > 0 && text.charCodeAt(index++) !== DOT) return undefined;
    const start = index;
    let value = 0;
    for (let code = text.charCodeAt(index); code >= ZERO && code <= NINE; code = text.charCodeAt(++index)) {
      value = value * 10 + code - ZERO;
    }
    // Some programs read a leading zero as the mark of an octal number, and others ignore it.
    const isOctal = index - start > 1 && text.charCodeAt(start) === ZERO;
    if (index === start || value > 255 || isOctal) return undefined;
    address = address * 256 + value;
  }
  return index === text.length ? address : undefined;
}

/** The canonical spelling of two words. */
export function formatIpv4([high = 0, low = 0]: readonly number[]): string {
  return `${high >> 8}.${high & 255}.${low >> 8}.${low & 255}`;
}

/** The value of a hexadecimal digit, or -1. */
function hexDigit(code: number): number {
  if (code >= ZERO && code <= NINE) return code - ZERO;
  const letter = code | 32;
  return letter >= 97 && letter <= 102 ? letter - 87 : -1;
}

/** The address as eight words of 16 bits; undefined if the text is not an IPv6 address. */
export function ipv6Words(text: string): number[] | undefined {
  const words = [0, 0, 0, 0, 0, 0, 0, 0];
  let at = 0;
  /** Index of the word where "::" stands; -1 without "::". */
  let gap = -1;
  let index = 0;
  if (text.charCodeAt(0) === COLON && text.charCodeAt(1) === COLON) {
    gap = 0;
    index = 2;
  }
  while (index < text.length) {
    const start = index;
    let value = 0;
    for (let digit = hexDigit(text.charCodeAt(index)); digit >= 0; digit = hexDigit(text.charCodeAt(++index))) {
      value = value * 16 + digit;
    }
    if (text.charCodeAt(index) === DOT) {
      const v4 = ipv4Value(text.slice(start));
      if (v4 === undefined || at > 6) return undefined;
      words[at++] = v4 >>> 16;
      words[at++] = v4 & 0xffff;
      break;
    }
    if (index === start || index - start > 4 || at === 8) return undefined;
    words[at++] = value;
    if (index === text.length) break;
    if (text.charCodeAt(index++) !== COLON || index === text.length) return undefined;
    if (text.charCodeAt(index) === COLON) {
      if (gap >= 0) return undefined;
      gap = at;
      index++;
    }
  }
  if (gap < 0) return at === 8 ? words : undefined;
  if (at === 8) return undefined;
  words.copyWithin(8 - (at - gap), gap, at);
  return words.fill(0, gap, 8 - (at - gap));
}

/** The canonical spelling (RFC 5952) of eight words. */
export function formatIpv6(words: readonly number[]): string {
  // RFC 5952 4.2: "::" stands for the longest run of two or more zeros, the first one of two equally long.
  let start = -1;
  let length = 1;
  for (let index = 0; index < 8; index++) {
    let end = index;
    while (end < 8 && words[end] === 0) end++;
    if (end - index > length) {
      start = index;
      length = end - index;
    }
    if (end > index) index = end;
  }
  // RFC 5952 5: the IPv4 part of an IPv4-mapped address is dotted.
  if (start === 0 && length === 5 && words[5] === 0xffff) {
    return `::ffff:${formatIpv4(words.slice(6))}`;
  }
  let text = "";
  for (let index = 0; index < 8; index++) {
    if (index === start) {
      text += "::";
      index += length - 1;
    } else text += (index === 0 || index === start + length ? "" : ":") + (words[index] ?? 0).toString(16);
  }
  return text;
}
