import {
  type AgentJob,
  type AgentResult,
  type AgentState,
  JobTable,
  longestDelayMs,
  type Monitor,
  monitorAgents,
  monitorProbes,
  probeDelayMs,
  type ProbeJob,
} from "../health/mod.ts";
import type { Clock } from "../time/mod.ts";
import { defined, formatServiceId, type ProbeResult } from "../model/mod.ts";
import type { ProbeMonitor } from "./probe_monitor.ts";
import type { DaemonOptions } from "./daemon_options.ts";
import type { ServiceTracker } from "../follow/mod.ts";
import type { Tallies } from "./tallies.ts";
import { Warnings } from "./warnings.ts";

/** How much later than the slowest check a result may arrive before the daemon counts as stuck; milliseconds. */
const STUCK_MS = 10_000;

/** Options of a {@linkcode HealthWatch}. */
export interface HealthWatchOptions
  extends Pick<DaemonOptions, "onEvent" | "signal" | "random" | "probe" | "monitor" | "ask"> {
  /** The source of time. */
  readonly clock: Clock;
  /** Time of day for the records; milliseconds since 1970. */
  readonly timeOfDay: () => number;
  /** Counts the results. */
  readonly tracker: ServiceTracker;
  /** Counts them for metrics. */
  readonly tallies: Tallies;
  /** Called with the names of the services whose facts have changed. */
  readonly onChanged: (names: readonly string[]) => void;
}

/** Checks real servers and asks their agents, each at its interval; counts the results, and reports what changed. */
export class HealthWatch {
  readonly #options: HealthWatchOptions;
  readonly #monitor: ProbeMonitor;
  readonly #agentMonitor: Monitor<AgentJob, AgentResult>;
  readonly #warnings = new Warnings();
  readonly #inconclusive = new Warnings();
  #jobs = new JobTable([]);
  /** When the last result arrived, and the longest time to the next one; `undefined` if there are no checks. */
  #lastResultAt = 0;
  #gapMs: number | undefined;

  /** Watches nothing yet. */
  constructor(options: HealthWatchOptions) {
    this.#options = options;
    const { signal, clock, random, probe, monitor, ask, tracker: { records }, timeOfDay } = options;
    const common = { signal, clock, random };
    const onStart = (lateMs: number): void => options.tallies.countStart(lateMs);
    this.#monitor = monitor?.({
      onResult: (job, result, at) => void this.#takeResult(job, result, at),
      onStart,
      stateOf: (key) => records.state(key),
      clock,
      signal,
    }) ?? monitorProbes((job, result) => this.#takeResult(job, result, timeOfDay()), { ...common, probe, onStart });
    this.#agentMonitor = monitorAgents((job, result) => this.#takeReport(job, result), { ...common, ask });
  }

  /** Waits until it is ready to probe; without checks it does not wait. */
  async prepare(jobs: JobTable): Promise<void> {
    if (jobs.probes.length > 0) await this.#monitor.prepare?.();
  }

  /**
   * Replaces the jobs: equal ones keep the timing of their checks.
   *
   * @returns The number of checks.
   */
  load(jobs: JobTable): number {
    this.#jobs = jobs;
    const { probes } = jobs;
    this.#monitor.update(probes);
    const keys = new Set(probes.map(({ key }) => key));
    this.#options.tallies.retain(keys, new Set(jobs.services.map(({ service }) => formatServiceId(service.id))));
    this.#warnings.retain(keys);
    this.#inconclusive.retain(keys);
    this.#agentMonitor.update(jobs.agents);
    this.#lastResultAt = this.#options.clock.now();
    this.#gapMs = probes.length === 0 ? undefined : shortestGap(probes);
    return probes.length;
  }

  /** Whether results arrive in time; without checks, always. */
  get isAlive(): boolean {
    return this.#gapMs === undefined ||
      this.#options.clock.now() - this.#lastResultAt <= this.#gapMs + STUCK_MS;
  }

  /** Number of checks in progress. */
  get running(): number {
    return this.#monitor.running;
  }

  /** Resolves when both monitors have stopped. */
  get finished(): Promise<void> {
    return Promise.all([this.#monitor.finished, this.#agentMonitor.finished]).then(() => {});
  }

  /** Counts a result of a check, and returns the delay to the next one; milliseconds. */
  #takeResult(job: ProbeJob, result: ProbeResult, at: number): number {
    const { clock, tracker: { records }, tallies, onEvent } = this.#options;
    this.#lastResultAt = clock.now();
    const { weight } = records.state(job.key);
    const { state, changed } = records.record(job, result, { at });
    tallies.countResult(job, result, { became: changed ? state.health : undefined });
    if (changed) {
      const reason = result.ok ? result.detail : result.reason;
      onEvent({ kind: "health", job, health: state.health, reason });
    }
    if (changed || state.weight !== weight) this.#options.onChanged(this.#jobs.servicesOfProbe(job));
    this.#takeWarning(job, result);
    this.#takeInconclusive(job, result);
    return probeDelayMs(state, job.check);
  }

  #takeWarning(job: ProbeJob, result: ProbeResult): void {
    const warning = result.ok ? result.warning : undefined;
    const at = this.#options.timeOfDay();
    if (!this.#warnings.take(job.key, warning, { at }) || warning === undefined) return;
    for (const { service: { service: { id }, name }, server: { address, port } } of this.#jobs.usesOfProbe(job)) {
      const about = defined({ service: id, name, server: { address, port }, reason: warning, at });
      this.#options.onEvent({ kind: "service", event: { kind: "warning", ...about } });
    }
  }

  /** Reports a check that cannot be made on this machine: its server stays as it is. */
  #takeInconclusive(job: ProbeJob, result: ProbeResult): void {
    const reason = !result.ok && result.inconclusive ? result.reason : undefined;
    const isDue = this.#inconclusive.take(job.key, reason, { at: this.#options.timeOfDay() });
    if (isDue && reason !== undefined) this.#options.onEvent({ kind: "uncheckable", job, reason });
  }

  /** Counts a report of an agent. */
  #takeReport(job: AgentJob, result: AgentResult): void {
    const { timeOfDay, tracker: { agents }, onEvent } = this.#options;
    const hadReport = hasReport(agents.state(job.key));
    const { state, changed } = agents.record(job, result, { at: timeOfDay() });
    if (changed) onEvent({ kind: "agent", job, state });
    if (changed || hadReport !== hasReport(state)) this.#options.onChanged(this.#jobs.servicesOfAgent(job));
  }
}

/** Whether an agent has answered, or has failed to answer. */
function hasReport({ answeredAt, silent }: AgentState): boolean {
  return answeredAt !== undefined || silent !== undefined;
}

/**
 * The longest time between two results of the job that has most of them, which thus brings a result in each such time;
 * milliseconds. For a job it is twice its longest delay, because the monitor delays the second probe by up to half of
 * one, and after a standstill waits for the next regular time.
 */
function shortestGap(jobs: readonly ProbeJob[]): number {
  return jobs.reduce(
    (shortest, { check }) => Math.min(shortest, 2 * longestDelayMs(check) + check.timeoutMs),
    Infinity,
  );
}
