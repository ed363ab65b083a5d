import { addressBytes, type AddressFamily, type IpAddress } from "../model/mod.ts";

/** The kernel's multiplier for 32-bit hashes: 2^32 divided by the square of the golden ratio. */
const GOLDEN_RATIO = 0x61c88647;

/**
 * An address as the 32-bit number that the hashing schedulers use: an IPv4 address itself, or the four words of an IPv6
 * address combined by exclusive or.
 *
 * @param family The family of the service: of a server of the other family, the kernel reads the same memory.
 */
export function foldAddress(address: IpAddress, family: AddressFamily): number {
  const bytes = new Uint8Array(16);
  bytes.set(addressBytes(address));
  const view = new DataView(bytes.buffer);
  if (family === "ipv4") return view.getUint32(0);
  return (view.getUint32(0) ^ view.getUint32(4) ^ view.getUint32(8) ^ view.getUint32(12)) >>> 0;
}

/** The highest bits of a number times the golden ratio: the hash of sh and dh. */
export function multiplicativeHash(value: number, bits: number): number {
  return Math.imul(value, GOLDEN_RATIO) >>> (32 - bits);
}

/** The first state of SipHash, from its specification. */
const SIPHASH_START = [0x736f6d6570736575n, 0x646f72616e646f6dn, 0x6c7967656e657261n, 0x7465646279746573n] as const;

type SipState = readonly [bigint, bigint, bigint, bigint];

/** SipHash-1-3 of a 32-bit number, whose key is the same number twice; the lower 32 bits: the hash of mh. */
export function keyedHash(value: number, key: bigint): number {
  // The length of the message, 4 bytes, is in the highest byte of its last word.
  const word = (4n << 56n) | BigInt(value >>> 0);
  const [a, b, c, d] = SIPHASH_START;
  const [v0, v1, v2, v3] = sipRound([a ^ key, b ^ key, c ^ key, d ^ key ^ word]);
  let state: SipState = [v0 ^ word, v1, v2 ^ 0xffn, v3];
  for (let round = 0; round < 3; round++) state = sipRound(state);
  return Number(BigInt.asUintN(32, state[0] ^ state[1] ^ state[2] ^ state[3]));
}

function sipRound([v0, v1, v2, v3]: SipState): SipState {
  const a = add(v0, v1);
  const b = rotate(v1, 13n) ^ a;
  const c = add(v2, v3);
  const d = rotate(v3, 16n) ^ c;
  const e = add(rotate(a, 32n), d);
  const f = add(c, b);
  return [e, rotate(b, 17n) ^ f, rotate(f, 32n), rotate(d, 21n) ^ e];
}

function add(a: bigint, b: bigint): bigint {
  return BigInt.asUintN(64, a + b);
}

function rotate(value: bigint, bits: bigint): bigint {
  return BigInt.asUintN(64, value << bits) | (value >> (64n - bits));
}
