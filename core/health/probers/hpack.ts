import { AnswerError } from "../../net/mod.ts";
import { textOf } from "./exchange.ts";
import { joined } from "./md5.ts";

// The part of HPACK (RFC 7541) that a probe needs: fields are sent without an index, and only statuses and short texts
// are decoded.

/** Names of the static table that a probe needs, by index. */
const STATIC_NAMES: Readonly<Record<number, string>> = { 31: "content-type" };

/** The static table's statuses, by index. */
const STATIC_STATUSES: Readonly<Record<number, string>> = {
  8: "200",
  9: "204",
  10: "206",
  11: "304",
  12: "400",
  13: "404",
  14: "500",
};

const STATIC_LENGTH = 61;

/** Most entries of the dynamic table: it has 4096 bytes, and each entry counts 32 of them or more. */
const MAX_DYNAMIC = 128;

/** Characters by length of their codes, in the order of the canonical codes. Rarer characters are not decoded. */
const HUFFMAN: readonly (readonly [bits: number, characters: string])[] = [
  [5, "012aceiost"],
  [6, " %-./3456789=A_bdfghlmnpru"],
  [7, ":BCDEFGHIJKLMNOPQRSTUVWYjkqvwxyz"],
  [8, "&*,;XZ"],
  [10, '!"()?'],
];

/** Header fields by name. */
export type HeaderFields = Map<string, string>;

function encodeInteger(value: number, prefix: { readonly bits: number; readonly first: number }): number[] {
  const limit = (1 << prefix.bits) - 1;
  if (value < limit) return [prefix.first | value];
  const bytes = [prefix.first | limit];
  let rest = value - limit;
  for (; rest >= 128; rest >>= 7) bytes.push((rest & 127) | 128);
  return [...bytes, rest];
}

function encodeText(text: string): Uint8Array {
  const bytes = new TextEncoder().encode(text);
  return joined(Uint8Array.from(encodeInteger(bytes.length, { bits: 7, first: 0 })), bytes);
}

/** Encodes fields as literals that the peer does not add to its table. */
export function encodeFields(fields: readonly (readonly [name: string, value: string])[]): Uint8Array {
  return joined(...fields.map(([name, value]) => joined(Uint8Array.of(0), encodeText(name), encodeText(value))));
}

function decodeHuffman(bytes: Uint8Array): string {
  let text = "";
  let code = 0;
  let length = 0;
  for (const byte of bytes) {
    for (let bit = 7; bit >= 0; bit--) {
      code = (code << 1) | ((byte >> bit) & 1);
      length++;
      const character = huffmanCharacter(code, length);
      if (character === undefined) {
        // 12 bits without a known character are a rare one, or the padding at the end.
        if (length < 12) continue;
        return text;
      }
      text += character;
      code = 0;
      length = 0;
    }
  }
  return text;
}

function huffmanCharacter(code: number, length: number): string | undefined {
  let first = 0;
  let bits = 0;
  for (const [codeBits, characters] of HUFFMAN) {
    first <<= codeBits - bits;
    bits = codeBits;
    if (length === codeBits) return code >= first ? characters[code - first] : undefined;
    first += characters.length;
  }
  return undefined;
}

/** Decodes blocks of header fields, and keeps the dynamic table. */
export class HeaderDecoder {
  readonly #dynamic: (readonly [string, string])[] = [];
  #bytes = new Uint8Array();
  #at = 0;

  /**
   * Decodes a whole block.
   *
   * @throws {AnswerError} If it is broken.
   */
  decode(block: Uint8Array): HeaderFields {
    this.#bytes = block.slice();
    this.#at = 0;
    const fields: HeaderFields = new Map();
    while (this.#at < this.#bytes.length) {
      const first = this.#bytes[this.#at] ?? 0;
      if (first >= 0x80) {
        const [name, value] = this.#entry(this.#integer(7));
        fields.set(name, value);
      } else if (first >= 0x40) {
        const field = this.#literal(6);
        this.#dynamic.unshift(field);
        this.#dynamic.splice(MAX_DYNAMIC);
        fields.set(...field);
      } else if (first >= 0x20) this.#integer(5);
      else fields.set(...this.#literal(4));
    }
    return fields;
  }

  #literal(prefixBits: number): [string, string] {
    const index = this.#integer(prefixBits);
    const name = index === 0 ? this.#text() : this.#entry(index)[0];
    return [name, this.#text()];
  }

  #entry(index: number): readonly [string, string] {
    const status = STATIC_STATUSES[index];
    if (status !== undefined) return [":status", status];
    if (index <= STATIC_LENGTH) return [STATIC_NAMES[index] ?? `static ${index}`, ""];
    return this.#dynamic[index - STATIC_LENGTH - 1] ?? ["", ""];
  }

  #text(): string {
    const isHuffman = (this.#byteAt(this.#at) & 0x80) !== 0;
    const length = this.#integer(7);
    this.#at += length;
    if (this.#at > this.#bytes.length) throw new AnswerError("answer has broken headers");
    const bytes = this.#bytes.subarray(this.#at - length, this.#at);
    return isHuffman ? decodeHuffman(bytes) : textOf(bytes);
  }

  #integer(prefixBits: number): number {
    const limit = (1 << prefixBits) - 1;
    let value = this.#byteAt(this.#at++) & limit;
    if (value < limit) return value;
    for (let shift = 0; shift <= 21; shift += 7) {
      const byte = this.#byteAt(this.#at++);
      value += (byte & 127) << shift;
      if (byte < 128) return value;
    }
    throw new AnswerError("answer has broken headers");
  }

  #byteAt(at: number): number {
    const byte = this.#bytes[at];
    if (byte === undefined) throw new AnswerError("answer has broken headers");
    return byte;
  }
}
