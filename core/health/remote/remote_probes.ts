import type { ProbeResult } from "../../model/mod.ts";
import type { Clock } from "../../time/mod.ts";
import type { ProbeJob } from "../probe_job.ts";
import type { HealthState } from "../state.ts";
import type { FromWorker, RemoteJob, ToWorker } from "./messages.ts";

/** A worker that probes. Disposing of it ends the worker at once. */
export interface ProbeWorker extends Disposable {
  /** Sends a message, and wakes the worker. */
  send(message: ToWorker): void;
}

/** Starts a worker. */
export type StartWorker = (events: {
  /** Called with each message of the worker. */
  readonly onMessage: (message: FromWorker) => void;
  /** Called if the worker has ended by itself, with the reason. */
  readonly onEnd: (reason: string) => void;
}) => ProbeWorker;

/** Options of {@linkcode RemoteProbes}. */
export interface RemoteProbesOptions {
  /** Starts a worker. */
  readonly startWorker: StartWorker;
  /** Called for each start of a probe with how much later it starts than planned; milliseconds. */
  readonly onStart?: ((lateMs: number) => void) | undefined;
  /** The health of a job's server at present. */
  readonly stateOf: (key: string) => HealthState | undefined;
  /** Called when a worker has ended by itself, and when the next one starts; milliseconds from now. */
  readonly onWorkerEnd: (end: { readonly reason: string; readonly restartMs: number }) => void;
  /** Source of time. */
  readonly clock: Clock;
  /** Stops it. */
  readonly signal: AbortSignal;
}

/** The first worker after one that has ended starts after this time, later ones after its doubles; milliseconds. */
const RESTART_MS = 100;

/** The longest time to the next start. */
const LONGEST_RESTART_MS = 10_000;

/** A worker that has run for this long starts anew without a longer delay than the first; milliseconds. */
const STABLE_MS = 60_000;

/** A worker that is not ready after this time is replaced; milliseconds. */
const START_MS = 30_000;

/** Longest wait for the first worker: the daemon then goes on without it; milliseconds. */
const PREPARE_MS = 5000;

/** Longest wait for the end of a worker that has to stop; milliseconds. */
const STOP_MS = 1000;

/**
 * Probes servers in a worker, each on its schedule, and hands the results on. A worker that ends is replaced by another
 * one, which takes over all jobs.
 */
export class RemoteProbes {
  readonly #onResult: (job: ProbeJob, result: ProbeResult, at: number) => void;
  readonly #options: RemoteProbesOptions;
  readonly #ids = new Map<string, number>();
  readonly #jobs = new Map<number, ProbeJob>();
  readonly #finished = Promise.withResolvers<void>();
  readonly #ready = Promise.withResolvers<void>();
  #lastId = 0;
  #worker: ProbeWorker | undefined;
  /** The number of workers that were started. */
  #workers = 0;
  #startedAt = 0;
  #restartMs = RESTART_MS;
  #timer: Disposable | undefined;
  /** Replaces a worker that does not start. */
  #starting: Disposable | undefined;
  #isStopped = false;
  #running = 0;

  /**
   * Has no worker until {@linkcode RemoteProbes.prepare} or the first jobs.
   *
   * @param onResult Receives every result, and its time of day; milliseconds since 1970.
   * @param options Worker, time, and the health that a worker begins with.
   */
  constructor(
    onResult: (job: ProbeJob, result: ProbeResult, at: number) => void,
    options: RemoteProbesOptions,
  ) {
    this.#onResult = onResult;
    this.#options = options;
    const { signal } = options;
    signal.addEventListener("abort", () => this.#stop(), { once: true });
    if (signal.aborted) this.#stop();
  }

  /** Resolves when it has stopped; rejects if a result could not be taken, which is a bug. */
  get finished(): Promise<void> {
    return this.#finished.promise;
  }

  /** Number of probes in progress when the last results came. */
  get running(): number {
    return this.#running;
  }

  /** Starts the first worker, and waits until it is ready to probe, but not for one that ends. */
  async prepare(): Promise<void> {
    if (this.#isStopped) return;
    if (this.#worker === undefined && this.#timer === undefined) this.#start();
    using _limit = this.#options.clock.setTimer(() => this.#ready.resolve(), PREPARE_MS);
    await this.#ready.promise;
  }

  /** Replaces the jobs: jobs with a known key continue undisturbed, new ones start, all others are cancelled. */
  update(jobs: Iterable<ProbeJob>): void {
    if (this.#isStopped) return;
    const wanted = new Map([...jobs].map((job) => [job.key, job]));
    const removed: number[] = [];
    for (const [key, id] of this.#ids) {
      if (wanted.has(key)) continue;
      this.#ids.delete(key);
      this.#jobs.delete(id);
      removed.push(id);
    }
    const added: number[] = [];
    for (const [key, job] of wanted) {
      const known = this.#ids.get(key);
      const id = known ?? ++this.#lastId;
      this.#ids.set(key, id);
      this.#jobs.set(id, job);
      if (known === undefined) added.push(id);
    }
    if (this.#worker !== undefined) this.#worker.send({ kind: "update", removed, added: this.#remoteJobs(added) });
    else if (this.#jobs.size > 0 && this.#timer === undefined) this.#start();
  }

  #start(): void {
    const { startWorker, clock } = this.#options;
    this.#startedAt = clock.now();
    const number = ++this.#workers;
    // An earlier worker may still send results: the present one has the same jobs.
    const isCurrent = (): boolean => number === this.#workers && this.#worker !== undefined;
    this.#starting = clock.setTimer(() => {
      if (isCurrent()) this.#restart("it does not start");
    }, START_MS);
    let worker: ProbeWorker;
    try {
      worker = this.#worker = startWorker({
        onMessage: (message) => {
          if (isCurrent()) this.#take(message);
        },
        onEnd: (reason) => {
          if (isCurrent()) this.#restart(reason);
        },
      });
    } catch (error) {
      // For example, no file descriptor is left.
      return this.#restart(error instanceof Error ? error.message : String(error));
    }
    if (this.#jobs.size > 0) {
      worker.send({ kind: "update", removed: [], added: this.#remoteJobs([...this.#jobs.keys()]) });
    }
  }

  #remoteJobs(ids: readonly number[]): RemoteJob[] {
    return ids.flatMap((id): RemoteJob[] => {
      const job = this.#jobs.get(id);
      if (job === undefined) return [];
      const { key, target, check } = job;
      const { unhealthyIntervalMs, retryDelayMs } = check;
      const isStateful = unhealthyIntervalMs !== undefined || retryDelayMs !== undefined;
      const state = isStateful ? this.#options.stateOf(key) : undefined;
      return [state === undefined ? { id, target, check } : { id, target, check, state: { ...state, history: [] } }];
    });
  }

  #take(message: FromWorker): void {
    if (message.kind === "ready") {
      this.#starting?.[Symbol.dispose]();
      return this.#ready.resolve();
    }
    if (message.kind === "failed") return this.#restart(message.reason);
    if (message.kind === "stopped") return this.#end();
    const { ids, ats, results, lateMs, running } = message;
    this.#running = running;
    try {
      for (const each of lateMs) this.#options.onStart?.(each);
      for (const [index, result] of results.entries()) {
        const job = this.#jobs.get(ids[index] ?? 0);
        if (job !== undefined && !this.#isStopped) this.#onResult(job, result, ats[index] ?? 0);
      }
    } catch (error) {
      this.#finished.reject(error);
      this.#stop();
    }
  }

  #restart(reason: string): void {
    const { clock, onWorkerEnd } = this.#options;
    this.#starting?.[Symbol.dispose]();
    this.#ready.resolve();
    this.#worker?.[Symbol.dispose]();
    this.#worker = undefined;
    this.#running = 0;
    if (this.#isStopped) return this.#end();
    if (clock.now() - this.#startedAt >= STABLE_MS) this.#restartMs = RESTART_MS;
    const restartMs = this.#restartMs;
    this.#restartMs = Math.min(2 * restartMs, LONGEST_RESTART_MS);
    onWorkerEnd({ reason, restartMs });
    this.#timer = clock.setTimer(() => {
      this.#timer = undefined;
      if (this.#jobs.size > 0) this.#start();
    }, restartMs);
  }

  #stop(): void {
    if (this.#isStopped) return;
    this.#isStopped = true;
    this.#timer?.[Symbol.dispose]();
    this.#timer = undefined;
    if (this.#worker === undefined) return this.#end();
    this.#worker.send({ kind: "stop" });
    this.#timer = this.#options.clock.setTimer(() => this.#end(), STOP_MS);
  }

  #end(): void {
    this.#starting?.[Symbol.dispose]();
    this.#ready.resolve();
    this.#timer?.[Symbol.dispose]();
    this.#timer = undefined;
    this.#worker?.[Symbol.dispose]();
    this.#worker = undefined;
    this.#finished.resolve();
  }
}
