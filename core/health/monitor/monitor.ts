import { probeCapacity } from "./capacity.ts";
import { type Clock, DueHeap, SYSTEM_CLOCK } from "../../time/mod.ts";

/** Latest start of a job's first run, even for long intervals, because its result is needed soon; milliseconds. */
export const FIRST_PROBE_WITHIN_MS = 1000;

/** A run of this duration marks its job as slow, which is expected to hang again. */
const SLOW_MS = 250;

/** A job that runs repeatedly. */
export interface MonitorJob {
  /** The same for equal jobs. */
  readonly key: string;
}

/** Options of a {@linkcode Monitor}. */
export interface MonitorOptions<Job extends MonitorJob, Result> {
  /** Runs a job once. It settles soon after its signal is aborted, and has its own deadline. */
  readonly run: (job: Job, options: { readonly signal: AbortSignal; readonly clock: Clock }) => Promise<Result>;
  /**
   * Runs a job once without a promise, if the job can be run in that way.
   *
   * @param done Receives the result once, perhaps before the function returns.
   * @returns Cancels the run, which then has no result; `undefined` if the job needs {@linkcode MonitorOptions.run}.
   */
  readonly start?: ((job: Job, done: (result: Result) => void) => Disposable | undefined) | undefined;
  /** Period over which the first runs of jobs are spread, so that they do not start at once; milliseconds. */
  readonly firstWithinMs: (job: Job) => number;
  /**
   * Called at the start of each run with how much later it starts than planned; milliseconds.
   *
   * @default no call
   */
  readonly onStart?: ((lateMs: number) => void) | undefined;
  /** Stops the monitor. */
  readonly signal?: AbortSignal | undefined;
  /**
   * Most runs at the same time. Once this many are in progress, slow jobs get at most half of the places, so that they
   * do not delay all others.
   *
   * @default {probeCapacity()}
   */
  readonly concurrency?: number | undefined;
  /**
   * Runs start at multiples of this time, so that one wake of the process starts several of them; milliseconds.
   *
   * @default {0}
   */
  readonly granularityMs?: number | undefined;
  /**
   * Source of time.
   *
   * @default {SYSTEM_CLOCK}
   */
  readonly clock?: Clock | undefined;
  /**
   * Spreads the first runs: 0 to less than 1.
   *
   * @default {Math.random}
   */
  readonly random?: (() => number) | undefined;
}

/** A job, and its place in the schedule. */
interface ScheduledJob<Job> {
  readonly job: Job;
  isCancelled: boolean;
  /** Cancels the run in progress, if it is one without a promise. */
  run: Disposable | undefined;
  /** Cancels the run in progress, if it is one with a promise. */
  abort: AbortController | undefined;
  /** Planned start of the next or present run. */
  due: number;
  /** Delay from the start of the run before; 0 for the first run. */
  delayMs: number;
  /** Period over which the first runs are spread; Infinity once the later runs are spread over their delay. */
  spreadMs: number;
  isSlow: boolean;
}

/**
 * Runs a set of jobs repeatedly, each on its own schedule, and passes their results on.
 *
 * A job has at most one run at a time. First runs start soon, and thus close together. Second runs start after a half to
 * one and a half of their delay, which spreads all later runs evenly. Further delays count from start to start, so that
 * the schedule does not drift: a late run starts at once, and the next one at its planned time. Runs that were missed
 * because this process was suspended are not made up for, and each job keeps its place in the schedule, so that not all
 * servers are probed at once.
 *
 * All jobs share one timer.
 */
export class Monitor<Job extends MonitorJob, Result> implements AsyncDisposable {
  readonly #onResult: (job: Job, result: Result) => number;
  readonly #options: MonitorOptions<Job, Result>;
  readonly #clock: Clock;
  readonly #concurrency: number;
  readonly #jobs = new Map<string, ScheduledJob<Job>>();
  /** Jobs whose next run is not due yet. */
  readonly #waiting = new DueHeap<ScheduledJob<Job>>();
  /** Jobs that are due and wait until another run ends; slow ones have their own queue. */
  #queues: { readonly fast: ScheduledJob<Job>[]; readonly slow: ScheduledJob<Job>[] } = { fast: [], slow: [] };
  #running = 0;
  #runningSlow = 0;
  #timer: { readonly at: number; readonly timer: Disposable } | undefined;
  readonly #finished = Promise.withResolvers<void>();
  readonly #abort = (): void => this.#shutDown();
  #isStopped = false;

  /**
   * Creates a monitor without jobs: see {@linkcode Monitor.update}.
   *
   * @param onResult Receives every result, and returns the delay of the job's next run; milliseconds from the start of
   * this one. If it throws, the monitor stops and `finished` rejects.
   * @param options How to run the jobs, and when.
   */
  constructor(onResult: (job: Job, result: Result) => number, options: MonitorOptions<Job, Result>) {
    this.#onResult = onResult;
    this.#options = options;
    this.#clock = options.clock ?? SYSTEM_CLOCK;
    this.#concurrency = options.concurrency ?? probeCapacity();
    if (!(this.#concurrency >= 1)) {
      throw new RangeError(`Cannot create a monitor with a concurrency of ${this.#concurrency}: 1 or more is needed`);
    }
    options.signal?.addEventListener("abort", this.#abort, { once: true });
    if (options.signal?.aborted) this.#shutDown();
  }

  /** Resolves once the monitor has stopped and no run is in progress; rejects if it stopped because of a bug. */
  get finished(): Promise<void> {
    return this.#finished.promise;
  }

  /** Number of jobs. */
  get size(): number {
    return this.#jobs.size;
  }

  /** Number of runs in progress. */
  get running(): number {
    return this.#running;
  }

  /**
   * Replaces the jobs: jobs with a known key continue undisturbed, new ones start, and all others are cancelled. It has
   * no effect after a stop.
   */
  update(jobs: Iterable<Job>): void {
    if (this.#isStopped) return;
    const wanted = new Map([...jobs].map((job) => [job.key, job]));
    for (const [key, scheduled] of this.#jobs) {
      if (wanted.has(key)) continue;
      this.#jobs.delete(key);
      this.#cancel(scheduled);
    }
    const isActive = ({ isCancelled }: ScheduledJob<Job>): boolean => !isCancelled;
    this.#waiting.filter(isActive);
    this.#queues = { fast: this.#queues.fast.filter(isActive), slow: this.#queues.slow.filter(isActive) };
    const { firstWithinMs, random = Math.random } = this.#options;
    const now = this.#clock.now();
    for (const [key, job] of wanted) {
      if (this.#jobs.has(key)) continue;
      const spreadMs = firstWithinMs(job);
      const due = now + random() * spreadMs;
      const scheduled = {
        ...{ job, due, spreadMs, delayMs: 0 },
        ...{ isCancelled: false, run: undefined, abort: undefined, isSlow: false },
      };
      this.#jobs.set(key, scheduled);
      this.#waiting.push(scheduled);
    }
    this.#setTimer();
  }

  /** Cancels all jobs. No result is passed on after this. */
  async stop(): Promise<void> {
    this.#shutDown();
    await this.finished;
  }

  /** As {@linkcode Monitor.stop}. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  #setTimer(): void {
    const { granularityMs = 0 } = this.#options;
    const due = this.#waiting.first?.due;
    const at = due === undefined || granularityMs === 0 ? due : Math.ceil(due / granularityMs) * granularityMs;
    if (at === this.#timer?.at) return;
    // A timer that fires too early finds no due job, which costs less than replacing the timer.
    if (at !== undefined && this.#timer !== undefined && this.#timer.at < at) return;
    this.#timer?.timer[Symbol.dispose]();
    this.#timer = at === undefined ? undefined : {
      at,
      timer: this.#clock.setTimer(() => this.#queueDue(), Math.max(0, at - this.#clock.now())),
    };
  }

  #queueDue(): void {
    this.#timer = undefined;
    const now = this.#clock.now();
    for (let { first } = this.#waiting; first !== undefined && first.due <= now; first = this.#waiting.first) {
      this.#waiting.pop();
      const late = now - first.due;
      if (first.delayMs > 0 && late >= first.delayMs) {
        first.due += Math.ceil((late + 1) / first.delayMs) * first.delayMs;
        this.#waiting.push(first);
      } else (first.isSlow ? this.#queues.slow : this.#queues.fast).push(first);
    }
    this.#startQueued();
    this.#setTimer();
  }

  /** Starts queued jobs while places are free. */
  #startQueued(): void {
    for (let next = this.#dequeue(); next !== undefined; next = this.#dequeue()) this.#start(next);
  }

  #dequeue(): ScheduledJob<Job> | undefined {
    if (this.#running >= this.#concurrency) return undefined;
    const { fast, slow } = this.#queues;
    const [firstFast] = fast;
    const firstSlow = this.#runningSlow < Math.max(1, this.#concurrency >> 1) ? slow[0] : undefined;
    const isSlow = firstSlow !== undefined && (firstFast === undefined || firstSlow.due < firstFast.due);
    return (isSlow ? slow : fast).shift();
  }

  #start(scheduled: ScheduledJob<Job>): void {
    const start = this.#clock.now();
    this.#options.onStart?.(start - scheduled.due);
    this.#running++;
    // A result changes it.
    const { isSlow } = scheduled;
    if (isSlow) this.#runningSlow++;
    let isOver = false;
    let hasReturned = false;
    const run = this.#options.start?.(scheduled.job, (result) => {
      isOver = true;
      this.#end(scheduled, isSlow);
      this.#take(scheduled, { start, result });
      // A run that ends at once leaves the next one to the caller's loop: many of them would fill the stack.
      if (hasReturned) this.#startWaiting();
    });
    hasReturned = true;
    if (run === undefined) void this.#run(scheduled, { start, isSlow });
    else if (!isOver) scheduled.run = run;
  }

  async #run(
    scheduled: ScheduledJob<Job>,
    { start, isSlow }: { readonly start: number; readonly isSlow: boolean },
  ): Promise<void> {
    const controller = new AbortController();
    const { signal } = controller;
    // It ends, and leaves its place, when its promise settles.
    scheduled.abort = controller;
    try {
      const result = await this.#options.run(scheduled.job, { signal, clock: this.#clock });
      if (!signal.aborted) this.#take(scheduled, { start, result });
    } catch (error) {
      if (!signal.aborted) this.#fail(error);
    } finally {
      this.#end(scheduled, isSlow);
    }
    this.#startWaiting();
  }

  #end(scheduled: ScheduledJob<Job>, isSlow: boolean): void {
    scheduled.run = undefined;
    scheduled.abort = undefined;
    this.#running--;
    if (isSlow) this.#runningSlow--;
    this.#finishIfIdle();
  }

  #cancel(scheduled: ScheduledJob<Job>): void {
    scheduled.isCancelled = true;
    scheduled.abort?.abort();
    if (scheduled.run === undefined) return;
    scheduled.run[Symbol.dispose]();
    this.#end(scheduled, scheduled.isSlow);
  }

  /** Hands a result on, and schedules the next run. */
  #take(scheduled: ScheduledJob<Job>, { start, result }: { readonly start: number; readonly result: Result }): void {
    try {
      this.#schedule(scheduled, { start, delayMs: this.#onResult(scheduled.job, result) });
    } catch (error) {
      this.#fail(error);
    }
  }

  #fail(error: unknown): void {
    this.#finished.reject(error);
    this.#shutDown();
  }

  #startWaiting(): void {
    if (this.#queues.fast.length + this.#queues.slow.length > 0) this.#startQueued();
  }

  #schedule(scheduled: ScheduledJob<Job>, run: { readonly start: number; readonly delayMs: number }): void {
    // The receiver of the result may have cancelled the job.
    if (scheduled.isCancelled) return;
    const { start, delayMs } = run;
    const now = this.#clock.now();
    // A job that was queued for longer than a whole delay gets a new place in the schedule.
    const base = start - scheduled.due >= Math.max(scheduled.delayMs, 1) ? start : scheduled.due;
    scheduled.due = Math.max(base + this.#spread(scheduled, delayMs), now);
    scheduled.delayMs = delayMs;
    scheduled.isSlow = now - start >= SLOW_MS;
    this.#waiting.push(scheduled);
    this.#setTimer();
  }

  /** The delay; a random one for the second run, if the first runs started closer together than a delay. */
  #spread(scheduled: ScheduledJob<Job>, delayMs: number): number {
    const { random = Math.random } = this.#options;
    if (scheduled.spreadMs >= delayMs) return delayMs;
    scheduled.spreadMs = Infinity;
    return delayMs * (0.5 + random());
  }

  #shutDown(): void {
    if (this.#isStopped) return;
    this.#isStopped = true;
    this.#options.signal?.removeEventListener("abort", this.#abort);
    for (const scheduled of this.#jobs.values()) this.#cancel(scheduled);
    this.#jobs.clear();
    this.#waiting.filter(() => false);
    this.#queues = { fast: [], slow: [] };
    this.#setTimer();
    this.#finishIfIdle();
  }

  #finishIfIdle(): void {
    if (this.#isStopped && this.#running === 0) this.#finished.resolve();
  }
}
