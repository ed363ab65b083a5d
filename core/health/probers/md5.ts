// MD5 (RFC 1321) and its HMAC (RFC 2104): RADIUS and PostgreSQL require it, and Web Crypto does not have it.

const SHIFTS = [7, 12, 17, 22, 5, 9, 14, 20, 4, 11, 16, 23, 6, 10, 15, 21];
const SINES = Uint32Array.from({ length: 64 }, (_, index) => Math.floor(Math.abs(Math.sin(index + 1)) * 2 ** 32));
const BLOCK_BYTES = 64;

function rotate(value: number, bits: number): number {
  return (value << bits) | (value >>> (32 - bits));
}

/** Mixes one block of 16 words into the state. */
function mix(state: Uint32Array, words: Uint32Array): void {
  let [a = 0, b = 0, c = 0, d = 0] = state;
  for (let step = 0; step < 64; step++) {
    const round = step >> 4;
    const [mixed, word] = round === 0
      ? [(b & c) | (~b & d), step]
      : round === 1
      ? [(d & b) | (~d & c), (5 * step + 1) & 15]
      : round === 2
      ? [b ^ c ^ d, (3 * step + 5) & 15]
      : [c ^ (b | ~d), (7 * step) & 15];
    const sum = (a + mixed + (SINES[step] ?? 0) + (words[word] ?? 0)) | 0;
    [a, d, c, b] = [d, c, b, (b + rotate(sum, SHIFTS[round * 4 + (step & 3)] ?? 0)) | 0];
  }
  for (const [index, value] of [a, b, c, d].entries()) state[index] = (state[index] ?? 0) + value;
}

/** The MD5 digest: 16 bytes. */
export function md5(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const padded = new Uint8Array(Math.ceil((bytes.length + 9) / BLOCK_BYTES) * BLOCK_BYTES);
  padded.set(bytes);
  padded[bytes.length] = 0x80;
  const view = new DataView(padded.buffer);
  view.setBigUint64(padded.length - 8, BigInt(bytes.length) * 8n, true);
  const state = Uint32Array.of(0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476);
  const words = new Uint32Array(16);
  for (let at = 0; at < padded.length; at += BLOCK_BYTES) {
    for (let index = 0; index < 16; index++) words[index] = view.getUint32(at + index * 4, true);
    mix(state, words);
  }
  const digest = new DataView(new ArrayBuffer(16));
  for (const [index, value] of state.entries()) digest.setUint32(index * 4, value, true);
  return new Uint8Array(digest.buffer);
}

/** The HMAC with MD5: 16 bytes. */
export function hmacMd5(key: Uint8Array, bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const block = new Uint8Array(BLOCK_BYTES);
  block.set(key.length > BLOCK_BYTES ? md5(key) : key);
  const inner = md5(joined(block.map((byte) => byte ^ 0x36), bytes));
  return md5(joined(block.map((byte) => byte ^ 0x5c), inner));
}

/** The parts, concatenated. */
export function joined(...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** Bytes as hexadecimal digits. */
export function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
