/**
 * What is fuzzed: a reader of untrusted input with its contract.
 *
 * @module
 */
import { forTerminal } from "../../core/model/mod.ts";

/** A reader of untrusted input. */
export interface FuzzTarget {
  /** Its name: also the name of its directory in the corpus. */
  readonly name: string;
  /** Valid inputs, from which all others are made. */
  readonly seeds: readonly Uint8Array[];
  /** Words of the input's language. */
  readonly words: readonly string[];
  /** Longest input; bytes. */
  readonly maxBytes: number;
  /** Reads an input. It throws for a finding, and for nothing that the contract of the reader allows. */
  run(input: Uint8Array): void | Promise<void>;
  /** Closes what it has opened. */
  close?(): Promise<void>;
}

type ErrorType = abstract new (...args: never[]) => Error;

/**
 * Calls a function that may throw errors of some types.
 *
 * @param allowed The documented types.
 * @param work The function.
 * @returns Its result; undefined if it threw an allowed error.
 */
export function expectOnly<T>(allowed: readonly ErrorType[], work: () => T): T | undefined {
  try {
    return work();
  } catch (error) {
    rethrowUnless(allowed, error);
    return undefined;
  }
}

/** As {@linkcode expectOnly}, for a function that returns a promise. */
export async function expectOnlyLater<T>(
  allowed: readonly ErrorType[],
  work: () => Promise<T>,
): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    rethrowUnless(allowed, error);
    return undefined;
  }
}

function rethrowUnless(allowed: readonly ErrorType[], error: unknown): void {
  if (!allowed.some((type) => error instanceof type)) throw error;
}

/** Requires a condition of the contract. */
export function require(condition: boolean, what: string): asserts condition {
  if (!condition) throw new Error(`The contract does not hold: ${what}`);
}

/** Requires that a text is one that a terminal can show, perhaps on several lines. */
export function requireText(text: string, what: string): void {
  require(typeof text === "string" && forTerminal(text) === text, `${what} has control characters`);
}

/** The input as text; invalid UTF-8 becomes U+FFFD. */
export function textOfInput(input: Uint8Array): string {
  return new TextDecoder("utf-8", { ignoreBOM: true }).decode(input);
}

/** A text as an input. */
export function inputOfText(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** The first line of an input, which names the reader of the rest. */
export function splitHeader(input: Uint8Array): { readonly header: string; readonly body: Uint8Array } {
  const end = input.indexOf(10);
  if (end < 0) return { header: textOfInput(input), body: new Uint8Array() };
  return { header: textOfInput(input.subarray(0, end)), body: input.subarray(end + 1) };
}

/** An input whose first line names the reader of the rest. */
export function withHeader(header: string, body: Uint8Array): Uint8Array {
  return new Uint8Array([...inputOfText(`${header}\n`), ...body]);
}

/** The entry that a header names; a mutated header chooses one of all. */
export function entryFor<T>(entries: Readonly<Record<string, T>>, header: string): T {
  const names = Object.keys(entries);
  const [sum, ...rest] = names;
  require(sum !== undefined, "a target without readers");
  const index = [...header].reduce((all, character) => all + (character.codePointAt(0) ?? 0), 0) % names.length;
  const entry = Object.hasOwn(entries, header) ? entries[header] : entries[[sum, ...rest][index] ?? sum];
  require(entry !== undefined, "a reader without a function");
  return entry;
}
