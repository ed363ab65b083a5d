/**
 * Changes of an input: of bits, numbers, words, lines and ranges.
 *
 * @module
 */
import type { Random } from "./random.ts";

/** The material of mutations. */
export interface Grammar {
  /** Valid inputs. */
  readonly seeds: readonly [Uint8Array, ...Uint8Array[]];
  /** Words of the input's language. */
  readonly words: readonly Uint8Array[];
  /** Longest input; bytes. */
  readonly maxBytes: number;
}

/** Most mutations of one input. */
const MAX_MUTATIONS = 6;

/** Numbers at the edges of fields of 8, 16 and 32 bits. */
const EDGES = [
  0,
  1,
  2,
  3,
  4,
  7,
  8,
  15,
  16,
  127,
  128,
  255,
  256,
  32767,
  32768,
  65535,
  65536,
  0x7fffffff,
  0xffffffff,
] as const;

/** Digits at the edges of numbers in text. */
const NUMBERS = ["0", "-1", "1", "256", "65535", "65536", "2147483648", "4294967296", "1e9", "9".repeat(30)] as const;

const LF = 10;

/** Returns a random input: a seed with a few mutations. */
export function mutatedInput(grammar: Grammar, random: Random): Uint8Array {
  let input: Uint8Array = random.pick(grammar.seeds);
  for (let count = 1 + random.below(MAX_MUTATIONS); count > 0; count--) input = mutate(input, { grammar, random });
  return input.length > grammar.maxBytes ? input.subarray(0, grammar.maxBytes) : input;
}

interface Mutation {
  readonly grammar: Grammar;
  readonly random: Random;
}

function mutate(input: Uint8Array, { grammar, random }: Mutation): Uint8Array {
  const at = random.below(input.length + 1);
  const range = 1 + random.below(random.below(8) === 0 ? input.length : 8);
  switch (random.below(20)) {
    case 0:
      return setByte(input, at, (input[at] ?? 0) ^ (1 << random.below(8)));
    case 1:
      return setByte(input, at, random.below(256));
    case 2:
    case 3:
      return replace(input, { at, length: random.below(3), by: edge(random) });
    case 4:
      return replace(input, { at, length: range, by: new Uint8Array() });
    case 5:
      return replace(input, { at, length: 0, by: input.subarray(at, at + range) });
    case 6:
      return replace(input, { at, length: 0, by: randomBytes(random) });
    case 7:
      return input.subarray(0, at);
    case 8:
      return splice(input, { grammar, random });
    case 9:
      return repeated(input, { grammar, random });
    case 10:
    case 11:
      return replaceNumber(input, random);
    case 12:
    case 13:
      return changeLine(input, random);
    case 14:
    case 15:
    case 16:
      return replace(input, { at, length: random.below(2) * range, by: word(grammar, random) });
    default:
      return replaceWord(input, { grammar, random });
  }
}

function setByte(input: Uint8Array, at: number, value: number): Uint8Array {
  const changed = input.slice();
  if (at < changed.length) changed[at] = value;
  return changed;
}

/** Replaces `length` bytes. */
function replace(
  input: Uint8Array,
  { at, length, by }: { readonly at: number; readonly length: number; readonly by: Uint8Array },
): Uint8Array {
  const rest = input.subarray(at + length);
  const changed = new Uint8Array(at + by.length + rest.length);
  changed.set(input.subarray(0, at));
  changed.set(by, at);
  changed.set(rest, at + by.length);
  return changed;
}

/** A number at the edge of a field, in 1, 2 or 4 bytes of either byte order. */
function edge(random: Random): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, random.pick(EDGES), random.below(2) === 0);
  const length = random.pick([1, 2, 4]);
  return random.below(2) === 0 ? bytes.subarray(0, length) : bytes.subarray(4 - length);
}

function randomBytes(random: Random): Uint8Array {
  return Uint8Array.from({ length: 1 + random.below(8) }, () => random.below(256));
}

function word({ words }: Grammar, random: Random): Uint8Array {
  return words[random.below(words.length)] ?? new Uint8Array();
}

/** The beginning of the input and the end of a seed. */
function splice(input: Uint8Array, { grammar, random }: Mutation): Uint8Array {
  const other = random.pick(grammar.seeds);
  const from = random.below(other.length + 1);
  const at = random.below(input.length + 1);
  return replace(input, { at, length: input.length, by: other.subarray(from) });
}

/** A part of the input many times: rarely up to the longest input, where costs that grow too fast are seen. */
function repeated(input: Uint8Array, { grammar, random }: Mutation): Uint8Array {
  const at = random.below(input.length);
  const part = input.subarray(at, at + 1 + random.below(random.below(2) === 0 ? 4 : 60));
  if (part.length === 0) return input;
  const room = grammar.maxBytes - input.length;
  const most = random.below(50) === 0 ? room : Math.min(room, 400);
  const count = Math.max(0, Math.floor(most / part.length));
  const by = new Uint8Array(count * part.length);
  for (let start = 0; start < by.length; start += part.length) by.set(part, start);
  return replace(input, { at, length: 0, by });
}

/** The ranges of bytes that a condition holds for, of at most some hundred, from a random place on. */
function nextRange(
  input: Uint8Array,
  { from, isInside }: { readonly from: number; readonly isInside: (byte: number) => boolean },
): { readonly at: number; readonly length: number } | undefined {
  let at = from;
  while (at < input.length && !isInside(input[at] ?? 0)) at++;
  if (at >= input.length) return undefined;
  while (at > 0 && isInside(input[at - 1] ?? 0)) at--;
  let end = at;
  while (end < input.length && isInside(input[end] ?? 0)) end++;
  return { at, length: end - at };
}

function isDigit(byte: number): boolean {
  return byte >= 48 && byte <= 57;
}

function isWordByte(byte: number): boolean {
  return isDigit(byte) || (byte | 32) >= 97 && (byte | 32) <= 122 || byte === 95;
}

function replaceNumber(input: Uint8Array, random: Random): Uint8Array {
  const range = nextRange(input, { from: random.below(input.length), isInside: isDigit });
  if (range === undefined) return input;
  return replace(input, { ...range, by: new TextEncoder().encode(random.pick(NUMBERS)) });
}

function replaceWord(input: Uint8Array, { grammar, random }: Mutation): Uint8Array {
  const range = nextRange(input, { from: random.below(input.length), isInside: isWordByte });
  return range === undefined ? input : replace(input, { ...range, by: word(grammar, random) });
}

/** Deletes, copies or moves a line. */
function changeLine(input: Uint8Array, random: Random): Uint8Array {
  const starts = [0];
  for (let at = input.indexOf(LF); at >= 0; at = input.indexOf(LF, at + 1)) starts.push(at + 1);
  const index = random.below(starts.length);
  const at = starts[index] ?? 0;
  const length = (starts[index + 1] ?? input.length) - at;
  const line = input.slice(at, at + length);
  const isCopy = random.below(3) === 0;
  const without = isCopy ? input : replace(input, { at, length, by: new Uint8Array() });
  if (!isCopy && random.below(2) === 0) return without;
  const to = Math.min(starts[random.below(starts.length)] ?? 0, without.length);
  return replace(without, { at: to, length: 0, by: line });
}
