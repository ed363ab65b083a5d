/**
 * Runs a target on its corpus, its seeds and mutations of both, within a time or a number of inputs.
 *
 * Each mutated input depends on the seed, the target and the input's number alone, so a run can be repeated and an input
 * can be made again by another thread.
 *
 * @module
 */
import process from "node:process";
import { minimise } from "./minimise.ts";
import { type Grammar, mutatedInput } from "./mutation.ts";
import { mixSeed, Random } from "./random.ts";
import type { FuzzTarget } from "./target.ts";

/** Time after which an input is a failure; milliseconds. */
export const SLOW_MS = 1000;

/** Most findings of a target, which then ends. */
const MAX_FINDINGS = 10;

/** Inputs between two looks at the clock of the run. */
const INPUTS_PER_LOOK = 16;

/** An input that breaks the contract of its target. */
export interface Finding {
  /** The target. */
  readonly target: string;
  /** The smallest input that was found to break it. */
  readonly input: Uint8Array;
  /** The exception, or the time that the input takes. */
  readonly problem: string;
}

/** The result of a target. */
export interface TargetResult {
  /** The target. */
  readonly target: string;
  /** Number of inputs. */
  readonly inputs: number;
  /** Duration; milliseconds. */
  readonly durationMs: number;
  /** Longest time of an input; milliseconds. */
  readonly slowestMs: number;
  /** The findings, one for each place that throws. */
  readonly findings: readonly Finding[];
}

/** Options of {@linkcode fuzz}. */
export interface FuzzOptions {
  /** Seed of the run. */
  readonly seed: number;
  /** Inputs that once failed: they run first. */
  readonly corpus?: readonly Uint8Array[];
  /** Most time for mutated inputs; milliseconds. */
  readonly limitMs: number;
  /**
   * Most mutated inputs.
   *
   * @default {Infinity}
   */
  readonly maxInputs?: number;
  /**
   * Number of the first mutated input.
   *
   * @default {0}
   */
  readonly first?: number;
  /** Called with the number of each input before it runs; negative for the corpus, the seeds and minimised inputs. */
  readonly onInput?: (number: number) => void;
  /**
   * The time; milliseconds.
   *
   * @default {performance.now}
   */
  readonly now?: () => number;
  /**
   * The processor's time of this process, which does not grow while other processes run; milliseconds.
   *
   * @default {process.cpuUsage}
   */
  readonly processorMs?: () => number;
}

/** The inputs of a run by number: the corpus and the seeds have negative numbers, all others are mutated. */
export class Inputs {
  /** The corpus and the seeds. */
  readonly fixed: readonly Uint8Array[];
  readonly #grammar: Grammar;
  readonly #name: string;
  readonly #seed: number;

  /** Prepares the inputs of a target. */
  constructor(target: FuzzTarget, { seed, corpus = [] }: Pick<FuzzOptions, "seed" | "corpus">) {
    this.fixed = [...corpus, ...target.seeds];
    const [first = new Uint8Array(), ...rest] = this.fixed;
    const words = target.words.map((word) => new TextEncoder().encode(word));
    this.#grammar = { seeds: [first, ...rest], words, maxBytes: target.maxBytes };
    this.#name = target.name;
    this.#seed = seed;
  }

  /** The input of a number. */
  at(number: number): Uint8Array {
    if (number < 0) return this.fixed[this.fixed.length + number] ?? new Uint8Array();
    return mutatedInput(this.#grammar, new Random(mixSeed(this.#seed, this.#name, number)));
  }
}

/**
 * Fuzzes a target.
 *
 * @param target The reader.
 * @param options Seed and limits.
 * @returns Figures and findings.
 */
export async function fuzz(target: FuzzTarget, options: FuzzOptions): Promise<TargetResult> {
  const { limitMs, maxInputs = Infinity, first = 0, now = () => performance.now() } = options;
  const run = new Run(target, { ...options, now, processorMs: options.processorMs ?? processorMs });
  const inputs = new Inputs(target, options);
  const began = now();
  for (let number = -inputs.fixed.length; number < 0; number++) await run.input(inputs, number);
  for (let count = 0; count < maxInputs && run.findings.length < MAX_FINDINGS; count++) {
    if (count % INPUTS_PER_LOOK === 0 && now() - began >= limitMs) break;
    await run.input(inputs, first + count);
  }
  const { count, slowestMs, findings } = run;
  return { target: target.name, inputs: count, durationMs: now() - began, slowestMs, findings };
}

function processorMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/** The problem of an input: findings with the same key are the same. */
interface Problem {
  readonly key: string;
  readonly text: string;
}

/** One run of a target. */
class Run {
  readonly findings: Finding[] = [];
  count = 0;
  slowestMs = 0;
  readonly #target: FuzzTarget;
  readonly #now: () => number;
  readonly #processorMs: () => number;
  readonly #onInput: (number: number) => void;
  readonly #keys = new Set<string>();

  constructor(
    target: FuzzTarget,
    options: Pick<FuzzOptions, "onInput"> & Required<Pick<FuzzOptions, "now" | "processorMs">>,
  ) {
    this.#target = target;
    this.#now = options.now;
    this.#processorMs = options.processorMs;
    this.#onInput = options.onInput ?? (() => {});
  }

  /** Runs an input. */
  async input(inputs: Inputs, number: number): Promise<void> {
    const input = inputs.at(number);
    this.#onInput(number);
    this.count++;
    const problem = await this.#problemOf(input);
    if (problem === undefined || this.#keys.has(problem.key)) return;
    this.#keys.add(problem.key);
    const smallest = await minimise(input, async (candidate) => {
      this.#onInput(number);
      return (await this.#problemOf(candidate))?.key === problem.key;
    }, problem.key === SLOW ? { maxAttempts: 20 } : {});
    const { text = problem.text } = await this.#problemOf(smallest) ?? {};
    this.findings.push({ target: this.#target.name, input: smallest, problem: text });
  }

  async #problemOf(input: Uint8Array): Promise<Problem | undefined> {
    const first = await this.#attempt(input, this.#now);
    if (typeof first !== "number") return first;
    if (first <= SLOW_MS) return this.#measured(first);
    // A second time, by the processor's time: the first may have waited for other processes.
    const second = await this.#attempt(input, this.#processorMs);
    if (typeof second !== "number") return second;
    const fastest = Math.min(first, second);
    this.#measured(fastest);
    return fastest <= SLOW_MS ? undefined : { key: SLOW, text: `it takes ${Math.round(fastest)} ms` };
  }

  #measured(durationMs: number): undefined {
    this.slowestMs = Math.max(this.slowestMs, durationMs);
  }

  /** The problem of an input, or the time that it takes by a clock. */
  async #attempt(input: Uint8Array, clock: () => number): Promise<Problem | number> {
    const began = clock();
    try {
      // The target gets a copy: one that changes its input must not change the next one.
      await this.#target.run(input.slice());
    } catch (error) {
      return toProblem(error);
    }
    return clock() - began;
  }
}

const SLOW = "slow";

function toProblem(error: unknown): Problem {
  if (!(error instanceof Error)) return { key: String(error), text: `it throws ${String(error)}` };
  const stack = error.stack ?? error.message;
  // The place identifies a finding, because messages quote the input.
  const place = /^ +at .*$/m.exec(stack)?.[0] ?? error.message;
  const condition = /^The contract does not hold.*$/m.exec(error.message)?.[0] ?? "";
  return { key: `${error.name} ${condition} ${place}`, text: stack };
}
