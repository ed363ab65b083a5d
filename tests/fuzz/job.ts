/**
 * What the two threads of a run send each other.
 *
 * @module
 */
import type { TargetResult } from "./fuzzer.ts";

/** A run of several targets. */
export interface FuzzJob {
  /** Seed of the run. */
  readonly seed: number;
  /** Number of the first mutated input of each target. */
  readonly first: number;
  /** The targets with their limits. */
  readonly targets: readonly TargetJob[];
  /** Shared memory of 32-bit numbers: see {@linkcode CURRENT}. */
  readonly progress: SharedArrayBuffer;
}

/** The limits of a target. */
export interface TargetJob {
  /** The target. */
  readonly name: string;
  /** Most time; milliseconds. */
  readonly limitMs: number;
  /** Most mutated inputs; undefined for any number. */
  readonly maxInputs?: number | undefined;
}

/** Positions in the shared memory: the present target and input, and the number of inputs so far. */
export const CURRENT = { target: 0, input: 1, beats: 2, length: 3 } as const;

/** What the worker reports. */
export type WorkerMessage =
  | { readonly kind: "result"; readonly result: TargetResult }
  | { readonly kind: "error"; readonly text: string }
  | { readonly kind: "end" };
