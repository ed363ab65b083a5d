import type { Check, ProbeResult } from "../model/mod.ts";
import { type Clock, sleep, SYSTEM_CLOCK } from "./clock.ts";
import { probe } from "./probe.ts";
import type { ProbeJob } from "./probe_job.ts";
import type { ProbeTarget } from "./prober.ts";
import { Semaphore } from "./semaphore.ts";

/** Probes in flight at a time when nothing else is said: each takes a file descriptor, of 1024 on most systems. */
export const DEFAULT_CONCURRENCY = 512;

/** The first probe of a job comes within this, however long its interval is: a verdict is awaited. */
export const FIRST_PROBE_WITHIN_MS = 1000;

/** Probes once: {@linkcode probe}, or a test's stand-in for it. */
export type ProbeFunction = (
  target: ProbeTarget,
  check: Check,
  options: { readonly signal: AbortSignal; readonly clock: Clock },
) => Promise<ProbeResult>;

/** What a {@linkcode Monitor} takes beside the callback. */
export interface MonitorOptions {
  /** Stops the monitor. */
  readonly signal?: AbortSignal;
  /**
   * Probes in flight at a time. Jobs beyond it wait in line, so that it should be more than the servers that can hang.
   *
   * @default {DEFAULT_CONCURRENCY}
   */
  readonly concurrency?: number;
  /**
   * Where time comes from.
   *
   * @default {SYSTEM_CLOCK}
   */
  readonly clock?: Clock;
  /**
   * Spreads the first probes: 0 to less than 1.
   *
   * @default {Math.random}
   */
  readonly random?: () => number;
  /**
   * Probes once.
   *
   * @default {probe}
   */
  readonly probe?: ProbeFunction;
}

/**
 * Probes a set of servers again and again, each at its own interval, and hands on what it finds.
 *
 * A job has at most one probe in flight. Its probes start at the interval's distance from start to start, so that they
 * do not drift; a late one is started at once, and what was missed is not made up for.
 */
export class Monitor implements AsyncDisposable {
  readonly #onResult: (job: ProbeJob, result: ProbeResult) => void;
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #probe: ProbeFunction;
  readonly #permits: Semaphore;
  readonly #signal: AbortSignal | undefined;
  readonly #watches = new Map<string, AbortController>();
  readonly #tasks = new Set<Promise<void>>();
  readonly #finished = Promise.withResolvers<void>();
  readonly #abort = (): void => this.#end();
  #ended = false;

  /**
   * Makes a monitor that has nothing to do yet: see {@linkcode Monitor.update}.
   *
   * @param onResult Gets every result. If it throws, the monitor stops and `finished` rejects.
   * @param options Everything else.
   */
  constructor(onResult: (job: ProbeJob, result: ProbeResult) => void, options: MonitorOptions = {}) {
    this.#onResult = onResult;
    this.#clock = options.clock ?? SYSTEM_CLOCK;
    this.#random = options.random ?? Math.random;
    this.#probe = options.probe ?? probe;
    this.#permits = new Semaphore(options.concurrency ?? DEFAULT_CONCURRENCY);
    this.#signal = options.signal;
    this.#signal?.addEventListener("abort", this.#abort, { once: true });
    if (this.#signal?.aborted) this.#end();
  }

  /** Resolves when the monitor has stopped and nothing of it is left; rejects if it stopped for a bug. */
  get finished(): Promise<void> {
    return this.#finished.promise;
  }

  /** How many jobs are watched. */
  get size(): number {
    return this.#watches.size;
  }

  /**
   * Makes these the jobs that are watched: those that are watched already go on undisturbed, new ones start, all others
   * are called off. After a stop it does nothing.
   */
  update(jobs: Iterable<ProbeJob>): void {
    if (this.#ended) return;
    const wanted = new Map([...jobs].map((job) => [job.key, job]));
    for (const [key, controller] of this.#watches) {
      if (wanted.has(key)) continue;
      this.#watches.delete(key);
      controller.abort();
    }
    for (const [key, job] of wanted) if (!this.#watches.has(key)) this.#start(job);
  }

  /** Calls everything off. No result is handed on after this. */
  async stop(): Promise<void> {
    this.#end();
    await this.finished;
  }

  /** As {@linkcode Monitor.stop}. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  #start(job: ProbeJob): void {
    const controller = new AbortController();
    this.#watches.set(job.key, controller);
    const task = this.#watch(job, controller.signal)
      .catch((error: unknown) => {
        if (controller.signal.aborted) return;
        this.#finished.reject(error);
        this.#end();
      })
      .finally(() => {
        this.#tasks.delete(task);
        this.#settle();
      });
    this.#tasks.add(task);
  }

  async #watch(job: ProbeJob, signal: AbortSignal): Promise<never> {
    const clock = this.#clock;
    let due = clock.now() + this.#random() * Math.min(job.check.intervalMs, FIRST_PROBE_WITHIN_MS);
    for (;;) {
      await sleep(due - clock.now(), { clock, signal });
      due = await this.#takeTurn(job, { due, signal });
    }
  }

  /** Probes as soon as there is a permit, and tells when the next probe is due. */
  async #takeTurn(job: ProbeJob, options: { readonly due: number; readonly signal: AbortSignal }): Promise<number> {
    const { due, signal } = options;
    const { intervalMs } = job.check;
    const clock = this.#clock;
    using _permit = await this.#permits.acquire({ signal });
    const started = clock.now();
    const result = await this.#probe(job.target, job.check, { signal, clock });
    signal.throwIfAborted();
    this.#onResult(job, result);
    // A start that is late by a whole interval (the machine stood still, or the line is long) counts as the new first.
    const start = started - due >= intervalMs ? started : due;
    return Math.max(start + intervalMs, clock.now());
  }

  #end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#signal?.removeEventListener("abort", this.#abort);
    for (const controller of this.#watches.values()) controller.abort();
    this.#watches.clear();
    this.#settle();
  }

  #settle(): void {
    if (this.#ended && this.#tasks.size === 0) this.#finished.resolve();
  }
}
