import { probeCapacity } from "./capacity.ts";
import { type Clock, SYSTEM_CLOCK } from "../../time/mod.ts";
import { DueHeap } from "./due_heap.ts";

/** The first question comes within this, however long the interval is: a verdict is awaited. */
export const FIRST_PROBE_WITHIN_MS = 1000;

/** What took so long the last time is taken to hang again. */
const SLOW_MS = 250;

/** What is asked again and again. */
export interface MonitorJob {
  /** The same for equal jobs. */
  readonly key: string;
}

/** What a {@linkcode Monitor} takes beside the callback. */
export interface MonitorOptions<Job extends MonitorJob, Result> {
  /** Asks once. It settles soon after its signal is aborted, and has a deadline of its own. */
  readonly ask: (job: Job, options: { readonly signal: AbortSignal; readonly clock: Clock }) => Promise<Result>;
  /** How long the first question can be put off, so that not all come at once; milliseconds. */
  readonly firstWithinMs: (job: Job) => number;
  /** Stops the monitor. */
  readonly signal?: AbortSignal;
  /**
   * Questions in flight at a time. Where it is reached, those that hung the last time have half of it at most, so that
   * the others go on.
   *
   * @default {probeCapacity()}
   */
  readonly concurrency?: number;
  /**
   * Where time comes from.
   *
   * @default {SYSTEM_CLOCK}
   */
  readonly clock?: Clock;
  /**
   * Spreads the first questions: 0 to less than 1.
   *
   * @default {Math.random}
   */
  readonly random?: () => number;
}

/** A job that is watched. */
interface Watch<Job> {
  readonly job: Job;
  readonly controller: AbortController;
  /** When its next question is to start, or its present one was to. */
  due: number;
  /** How long after the one before; 0 for the first. */
  delayMs: number;
  /** Within what time the first questions come; Infinity once the later ones are spread over all of their interval. */
  closeMs: number;
  isSlow: boolean;
}

/**
 * Asks about a set of servers again and again, each at its own time, and hands on the answers.
 *
 * A job has at most one question in flight. The first ones come soon, and so close together; of the second ones each
 * comes after a half to one and a half of its delay, so that from then on all are spread evenly. Further delays count from start to start, so that nothing drifts: a late question
 * starts at once, and the next is where it would have been. What was missed because this process stood still is not made
 * up for, and nobody leaves the place that chance gave: the servers do not end up being asked all at once.
 *
 * All wait by a single timer.
 */
export class Monitor<Job extends MonitorJob, Result> implements AsyncDisposable {
  readonly #onResult: (job: Job, result: Result) => number;
  readonly #options: MonitorOptions<Job, Result>;
  readonly #clock: Clock;
  readonly #concurrency: number;
  readonly #watches = new Map<string, Watch<Job>>();
  /** Those that wait for their time. */
  readonly #waiting = new DueHeap<Watch<Job>>();
  /** Those whose time has come, and who wait for others to end; those that hung are in a line of their own. */
  #lines: { readonly swift: Watch<Job>[]; readonly slow: Watch<Job>[] } = { swift: [], slow: [] };
  #asking = 0;
  #askingSlow = 0;
  #timer: { readonly at: number; readonly timer: Disposable } | undefined;
  readonly #finished = Promise.withResolvers<void>();
  readonly #abort = (): void => this.#end();
  #ended = false;

  /**
   * Makes a monitor that has nothing to do yet: see {@linkcode Monitor.update}.
   *
   * @param onResult Gets every result, and tells when the next question is to start: so many milliseconds after the start
   * of this one. If it throws, the monitor stops and `finished` rejects.
   * @param options Everything else.
   */
  constructor(onResult: (job: Job, result: Result) => number, options: MonitorOptions<Job, Result>) {
    this.#onResult = onResult;
    this.#options = options;
    this.#clock = options.clock ?? SYSTEM_CLOCK;
    this.#concurrency = options.concurrency ?? probeCapacity();
    if (!(this.#concurrency >= 1)) throw new RangeError(`A monitor asks 1 or more: got ${this.#concurrency}`);
    options.signal?.addEventListener("abort", this.#abort, { once: true });
    if (options.signal?.aborted) this.#end();
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
  update(jobs: Iterable<Job>): void {
    if (this.#ended) return;
    const wanted = new Map([...jobs].map((job) => [job.key, job]));
    for (const [key, { controller }] of this.#watches) {
      if (wanted.has(key)) continue;
      this.#watches.delete(key);
      controller.abort();
    }
    const isWatched = ({ controller }: Watch<Job>): boolean => !controller.signal.aborted;
    this.#waiting.filter(isWatched);
    this.#lines = { swift: this.#lines.swift.filter(isWatched), slow: this.#lines.slow.filter(isWatched) };
    const { firstWithinMs, random = Math.random } = this.#options;
    const now = this.#clock.now();
    for (const [key, job] of wanted) {
      if (this.#watches.has(key)) continue;
      const closeMs = firstWithinMs(job);
      const due = now + random() * closeMs;
      const watch = { job, controller: new AbortController(), due, delayMs: 0, closeMs, isSlow: false };
      this.#watches.set(key, watch);
      this.#waiting.push(watch);
    }
    this.#setTimer();
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

  #setTimer(): void {
    const at = this.#waiting.first?.due;
    if (at === this.#timer?.at) return;
    // One that fires too soon finds nothing to do, which costs less than cancelling it.
    if (at !== undefined && this.#timer !== undefined && this.#timer.at < at) return;
    this.#timer?.timer[Symbol.dispose]();
    this.#timer = at === undefined ? undefined : {
      at,
      timer: this.#clock.setTimer(() => this.#awake(), Math.max(0, at - this.#clock.now())),
    };
  }

  #awake(): void {
    this.#timer = undefined;
    const now = this.#clock.now();
    for (let { first } = this.#waiting; first !== undefined && first.due <= now; first = this.#waiting.first) {
      this.#waiting.pop();
      const late = now - first.due;
      if (first.delayMs > 0 && late >= first.delayMs) {
        first.due += Math.ceil((late + 1) / first.delayMs) * first.delayMs;
        this.#waiting.push(first);
      } else (first.isSlow ? this.#lines.slow : this.#lines.swift).push(first);
    }
    this.#startNext();
    this.#setTimer();
  }

  /** Starts whoever is in line, as far as there is room. */
  #startNext(): void {
    for (let next = this.#leaveLine(); next !== undefined; next = this.#leaveLine()) void this.#take(next);
  }

  #leaveLine(): Watch<Job> | undefined {
    if (this.#asking >= this.#concurrency) return undefined;
    const { swift, slow } = this.#lines;
    const [next] = swift;
    const hung = this.#askingSlow < Math.max(1, this.#concurrency >> 1) ? slow[0] : undefined;
    const isHung = hung !== undefined && (next === undefined || hung.due < next.due);
    return (isHung ? slow : swift).shift();
  }

  async #take(watch: Watch<Job>): Promise<void> {
    const { job, controller: { signal }, isSlow } = watch;
    const started = this.#clock.now();
    this.#asking++;
    if (isSlow) this.#askingSlow++;
    try {
      const result = await this.#options.ask(job, { signal, clock: this.#clock });
      if (!signal.aborted) this.#plan(watch, { started, delayMs: this.#onResult(job, result) });
    } catch (error) {
      if (!signal.aborted) {
        this.#finished.reject(error);
        this.#end();
      }
    } finally {
      this.#asking--;
      if (isSlow) this.#askingSlow--;
      this.#settle();
    }
    if (this.#lines.swift.length + this.#lines.slow.length > 0) this.#startNext();
  }

  #plan(watch: Watch<Job>, asked: { readonly started: number; readonly delayMs: number }): void {
    // Whoever got the result may have called the job off.
    if (watch.controller.signal.aborted) return;
    const { started, delayMs } = asked;
    const now = this.#clock.now();
    // One that waited in line for longer than a whole delay has a new place from now on.
    const start = started - watch.due >= Math.max(watch.delayMs, 1) ? started : watch.due;
    watch.due = Math.max(start + this.#spread(watch, delayMs), now);
    watch.delayMs = delayMs;
    watch.isSlow = now - started >= SLOW_MS;
    this.#waiting.push(watch);
    this.#setTimer();
  }

  /** The delay; but once for each, where the first questions came closer together than the later ones can, another. */
  #spread(watch: Watch<Job>, delayMs: number): number {
    const { random = Math.random } = this.#options;
    if (watch.closeMs >= delayMs) return delayMs;
    watch.closeMs = Infinity;
    return delayMs * (0.5 + random());
  }

  #end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#options.signal?.removeEventListener("abort", this.#abort);
    for (const { controller } of this.#watches.values()) controller.abort();
    this.#watches.clear();
    this.#waiting.filter(() => false);
    this.#lines = { swift: [], slow: [] };
    this.#setTimer();
    this.#settle();
  }

  #settle(): void {
    if (this.#ended && this.#asking === 0) this.#finished.resolve();
  }
}
