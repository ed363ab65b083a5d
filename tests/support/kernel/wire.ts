/**
 * Netlink attributes, read and written separately from lvsctl's own code: the in-memory kernel must not share a mistake
 * with the code under test.
 *
 * @module
 */

/** Payloads of attributes by their type. */
export type Attributes = ReadonlyMap<number, Uint8Array>;

/** Reads attributes as the kernel does: the last one of a type counts, and an unreadable one ends the list. */
export function parseAttributes(bytes: Uint8Array): Attributes {
  const found = new Map<number, Uint8Array>();
  let offset = 0;
  while (bytes.length - offset >= 4) {
    const size = readU16(bytes, offset);
    if (size < 4 || size > bytes.length - offset) break;
    found.set(readU16(bytes, offset + 2) & 0x3fff, bytes.slice(offset + 4, offset + size));
    offset += Math.ceil(size / 4) * 4;
  }
  return found;
}

/** 16 bits, little-endian. */
export function readU16(bytes: Uint8Array, offset = 0): number {
  return (bytes[offset] ?? 0) + (bytes[offset + 1] ?? 0) * 0x100;
}

/** 16 bits, big-endian. */
export function readBe16(bytes: Uint8Array, offset = 0): number {
  return (bytes[offset] ?? 0) * 0x100 + (bytes[offset + 1] ?? 0);
}

/** 32 bits, little-endian. */
export function readU32(bytes: Uint8Array, offset = 0): number {
  return readU16(bytes, offset) + readU16(bytes, offset + 2) * 0x10000;
}

/** Text up to its NUL; `undefined` without a NUL. */
export function readText(bytes: Uint8Array): string | undefined {
  const end = bytes.indexOf(0);
  return end < 0 ? undefined : String.fromCharCode(...bytes.subarray(0, end));
}

/** The lowest `size` bytes of a number, little-endian. */
export function little(value: number | bigint, size: number): number[] {
  let rest = BigInt(value);
  return Array.from({ length: size }, () => {
    const byte = Number(rest & 0xffn);
    rest >>= 8n;
    return byte;
  });
}

/** As {@linkcode little}, most significant byte first. */
export function big(value: number, size: number): number[] {
  return little(value, size).reverse();
}

/** Text with its NUL. */
export function text(value: string): number[] {
  return [...value].map((character) => character.charCodeAt(0)).concat(0);
}

/** One attribute, padded. */
export function attribute(type: number, payload: readonly number[]): number[] {
  const padding = (4 - (payload.length % 4)) % 4;
  return [...little(payload.length + 4, 2), ...little(type, 2), ...payload, ...Array<number>(padding).fill(0)];
}

/** A message: netlink header and body. */
export function message(
  header: { readonly type: number; readonly flags: number; readonly sequence: number },
  body: readonly number[],
): number[] {
  return [
    ...little(16 + body.length, 4),
    ...little(header.type, 2),
    ...little(header.flags, 2),
    ...little(header.sequence, 4),
    ...little(0, 4),
    ...body,
  ];
}
