import { AnswerError } from "../../net/mod.ts";
import { joined } from "./md5.ts";

/** An element: tag and value (X.690, in the definite form that LDAP uses). */
export interface BerElement {
  /** Class, form and number in one byte. */
  readonly tag: number;
  /** Contents of the element. */
  readonly value: Uint8Array;
}

/** Encodes an element. */
export function encodeBer(tag: number, ...parts: readonly Uint8Array[]): Uint8Array {
  const value = joined(...parts);
  const { length } = value;
  const header = length < 0x80
    ? [tag, length]
    : length < 0x100
    ? [tag, 0x81, length]
    : [tag, 0x82, length >> 8, length & 255];
  return joined(Uint8Array.from(header), value);
}

/** Encodes a text as an element. */
export function encodeBerText(tag: number, text: string): Uint8Array {
  return encodeBer(tag, new TextEncoder().encode(text));
}

/** Encodes a number from 0 to 127 as an element. */
export function encodeBerNumber(tag: number, value: number): Uint8Array {
  return encodeBer(tag, Uint8Array.of(value));
}

/**
 * Reads the length that follows a tag.
 *
 * @param first The byte after the tag.
 * @param more Reads further bytes, as many as its argument.
 * @throws {AnswerError} If it takes more than four bytes, or has no end.
 */
export async function readBerLength(
  first: number,
  more: (count: number) => Promise<Uint8Array> | Uint8Array,
): Promise<number> {
  if (first < 0x80) return first;
  if (first === 0x80 || first > 0x84) throw new AnswerError("answer has a broken length");
  return (await more(first & 0x7f)).reduce((sum, byte) => sum * 256 + byte, 0);
}

/**
 * Decodes a sequence of elements.
 *
 * @throws {AnswerError} If they are broken.
 */
export async function decodeBer(bytes: Uint8Array): Promise<BerElement[]> {
  const elements: BerElement[] = [];
  let at = 0;
  const take = (count: number): Uint8Array => {
    at += count;
    if (at > bytes.length) throw new AnswerError("answer is cut short");
    return bytes.subarray(at - count, at);
  };
  while (at < bytes.length) {
    const [tag = 0, first = 0] = take(2);
    elements.push({ tag, value: take(await readBerLength(first, take)) });
  }
  return elements;
}
