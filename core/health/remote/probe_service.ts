import type { ProbeResult } from "../../model/mod.ts";
import type { Clock } from "../../time/mod.ts";
import { FIRST_PROBE_WITHIN_MS, Monitor, type MonitorJob, type MonitorOptions } from "../monitor/monitor.ts";
import { advance, FRESH_STATE, type HealthState, probeDelayMs } from "../state.ts";
import type { FromWorker, RemoteJob, ToWorker } from "./messages.ts";

/** The longest that a result waits for others, unless it is news; milliseconds. */
const BATCH_MS = 100;

/** Probes start at multiples of this time: what wakes the processor costs more than a probe. Milliseconds. */
const GRANULARITY_MS = 5;

/** Options of a {@linkcode ProbeService}. */
export interface ProbeServiceOptions
  extends Pick<MonitorOptions<RemoteJob & MonitorJob, ProbeResult>, "run" | "start" | "random"> {
  /** Source of time. */
  readonly clock: Clock;
  /** Time of day; milliseconds since 1970. */
  readonly timeOfDay: () => number;
  /** Most probes at the same time. */
  readonly concurrency?: number | undefined;
  /** Sends a message. */
  readonly post: (message: FromWorker) => void;
}

interface ServiceJob extends RemoteJob {
  readonly key: string;
  /** The health as far as the delay to the next probe depends on it. */
  health: HealthState | undefined;
  /** Whether the last result was a pass; `undefined` before the first. */
  passed: boolean | undefined;
}

/**
 * The worker's side of probes in an isolate of their own: it probes each job on its schedule, and sends the results in
 * batches. What may change the table is sent at once; a pass after a pass waits for others.
 */
export class ProbeService {
  readonly #options: ProbeServiceOptions;
  readonly #jobs = new Map<number, ServiceJob>();
  readonly #monitor: Monitor<ServiceJob, ProbeResult>;
  #ids: number[] = [];
  #ats: number[] = [];
  #results: ProbeResult[] = [];
  #lateMs: number[] = [];
  #isNews = false;
  #timer: Disposable | undefined;

  /** Has no jobs yet. */
  constructor(options: ProbeServiceOptions) {
    this.#options = options;
    const { run, start, random, clock, concurrency } = options;
    this.#monitor = new Monitor<ServiceJob, ProbeResult>((job, result) => this.#take(job, result), {
      ...{ run, start, random, clock, concurrency, granularityMs: GRANULARITY_MS },
      onStart: (lateMs) => void this.#lateMs.push(Math.round(lateMs)),
      firstWithinMs: ({ check }) => check.warmupMs ?? Math.min(check.intervalMs, FIRST_PROBE_WITHIN_MS),
    });
  }

  /** Resolves when it has stopped; rejects after a bug. */
  get finished(): Promise<void> {
    return this.#monitor.finished;
  }

  /** Cancels all jobs, also after a bug. */
  cancel(): void {
    this.#monitor.stop().catch(() => {
      // The failure is reported by `finished`.
    });
  }

  /** Takes a message. */
  take(message: ToWorker): void {
    if (message.kind === "stop") {
      this.cancel();
      return this.#flush();
    }
    for (const id of message.removed) this.#jobs.delete(id);
    for (const job of message.added) {
      const { check: { unhealthyIntervalMs, retryDelayMs }, state = FRESH_STATE } = job;
      const isStateful = unhealthyIntervalMs !== undefined || retryDelayMs !== undefined;
      this.#jobs.set(job.id, {
        ...job,
        key: String(job.id),
        health: isStateful ? state : undefined,
        passed: undefined,
      });
    }
    this.#monitor.update(this.#jobs.values());
  }

  /** Sends what may change the table: call it after each round of events. */
  endRound(): void {
    if (this.#isNews) this.#flush();
  }

  /** Keeps a result for the next batch, and returns the delay to the next probe; milliseconds. */
  #take(job: ServiceJob, result: ProbeResult): number {
    const at = this.#options.timeOfDay();
    this.#ids.push(job.id);
    this.#ats.push(at);
    this.#results.push(result);
    if (!result.ok || job.passed !== true || result.weight !== undefined || result.warning !== undefined) {
      this.#isNews = true;
    } else this.#timer ??= this.#options.clock.setTimer(() => this.#flush(), BATCH_MS);
    job.passed = result.ok;
    const { check } = job;
    if (job.health === undefined) return check.intervalMs;
    const { rise, fall, flapDamping } = check;
    job.health = { ...advance(job.health, result, { rise, fall, flapDamping, at }).state, history: [] };
    return probeDelayMs(job.health, check);
  }

  #flush(): void {
    this.#timer?.[Symbol.dispose]();
    this.#timer = undefined;
    this.#isNews = false;
    if (this.#ids.length === 0) return;
    const lateMs = this.#lateMs;
    const { running } = this.#monitor;
    this.#options.post({ kind: "results", ids: this.#ids, ats: this.#ats, results: this.#results, lateMs, running });
    this.#ids = [];
    this.#ats = [];
    this.#results = [];
    this.#lateMs = [];
  }
}
