import {
  type AgentJob,
  agentJobs,
  type AgentResult,
  type AgentState,
  type Monitor,
  monitorAgents,
  monitorProbes,
  probeDelayMs,
  type ProbeJob,
  probeJobs,
} from "../health/mod.ts";
import type { Clock } from "../time/mod.ts";
import type { DesiredService, ProbeResult } from "../model/mod.ts";
import type { DaemonOptions } from "./daemon_options.ts";
import type { ServiceTracker } from "../follow/mod.ts";
import { Warnings } from "./warnings.ts";
import { agentKey, longestTurn, serversOf, servicesByJob } from "./watch_jobs.ts";

/** How much later than the slowest check of all a result may come in before the daemon is taken for stuck. */
const STUCK_MS = 10_000;

/** What a {@linkcode HealthWatch} works with. */
export interface HealthWatchOptions extends Pick<DaemonOptions, "onEvent" | "signal" | "random" | "probe" | "ask"> {
  /** Where time comes from. */
  readonly clock: Clock;
  /** Time of day for the records; milliseconds since 1970. */
  readonly timeOfDay: () => number;
  /** Counts what is found. */
  readonly tracker: ServiceTracker;
  /** Is told of the services that something new is known for, by their names. */
  readonly onChanged: (names: readonly string[]) => void;
}

/** Checks real servers and asks their agents, each in its time, has what they find counted, and tells what has changed. */
export class HealthWatch {
  readonly #options: HealthWatchOptions;
  readonly #monitor: Monitor<ProbeJob, ProbeResult>;
  readonly #agentMonitor: Monitor<AgentJob, AgentResult>;
  readonly #warnings = new Warnings();
  #services: readonly DesiredService[] = [];
  /** The names of the services that a job speaks for, by the job's key. */
  #affected = new Map<string, string[]>();
  /** When the last result came in, and within what the next one has to; `undefined` where there are no checks. */
  #lastTurn = 0;
  #turnMs: number | undefined;

  /** Begins with nothing to watch. */
  constructor(options: HealthWatchOptions) {
    this.#options = options;
    const { signal, clock, random, probe, ask } = options;
    const common = { signal, clock, ...(random === undefined ? {} : { random }) };
    this.#monitor = monitorProbes((job, result) => this.#take(job, result), {
      ...common,
      ...(probe === undefined ? {} : { probe }),
    });
    this.#agentMonitor = monitorAgents((job, result) => this.#hear(job, result), {
      ...common,
      ...(ask === undefined ? {} : { ask }),
    });
  }

  /**
   * Takes the services of a file: servers that stay keep the timing of their checks.
   *
   * @returns How many checks there are.
   */
  load(services: readonly DesiredService[]): number {
    this.#services = services;
    this.#affected = servicesByJob(services);
    const jobs = probeJobs(services);
    this.#monitor.update(jobs);
    this.#warnings.retain(new Set(jobs.map(({ key }) => key)));
    this.#agentMonitor.update(agentJobs(services));
    this.#lastTurn = this.#options.clock.now();
    this.#turnMs = jobs.length === 0 ? undefined : longestTurn(jobs);
    return jobs.length;
  }

  /** Whether results come in as they should; without checks, always. */
  get isAlive(): boolean {
    return this.#turnMs === undefined || this.#options.clock.now() - this.#lastTurn <= this.#turnMs + STUCK_MS;
  }

  /** Resolves when nothing is watched any more. */
  get finished(): Promise<void> {
    return Promise.all([this.#monitor.finished, this.#agentMonitor.finished]).then(() => {});
  }

  #take(job: ProbeJob, result: ProbeResult): number {
    const { clock, timeOfDay, tracker: { records }, onEvent } = this.#options;
    this.#lastTurn = clock.now();
    const { weight } = records.state(job.key);
    const { state, changed } = records.record(job, result, { at: timeOfDay() });
    if (changed) {
      const reason = result.ok ? result.detail : result.reason;
      onEvent({ kind: "health", job, health: state.health, reason });
    }
    if (changed || state.weight !== weight) this.#affect(job.key);
    this.#warn(job, result);
    return probeDelayMs(state, job.check);
  }

  #warn(job: ProbeJob, result: ProbeResult): void {
    const warning = result.ok ? result.warning : undefined;
    const at = this.#options.timeOfDay();
    if (!this.#warnings.take(job.key, warning, { at }) || warning === undefined) return;
    for (const { desired, server } of serversOf(this.#services, job)) {
      const { service: { id }, name } = desired;
      const about = { service: id, ...(name === undefined ? {} : { name }), server, reason: warning, at };
      this.#options.onEvent({ kind: "service", event: { kind: "warning", ...about } });
    }
  }

  #hear(job: AgentJob, result: AgentResult): void {
    const { timeOfDay, tracker: { agents }, onEvent } = this.#options;
    const { agent, target } = job;
    const wasHeard = isHeard(agents.state(target, agent));
    const { state, changed } = agents.record(job, result, { at: timeOfDay() });
    if (changed) onEvent({ kind: "agent", job, state });
    if (changed || wasHeard !== isHeard(state)) this.#affect(agentKey(job));
  }

  #affect(key: string): void {
    this.#options.onChanged(this.#affected.get(key) ?? []);
  }
}

/** Whether an agent has answered, or has been found not to. */
function isHeard({ answeredAt, silent }: AgentState): boolean {
  return answeredAt !== undefined || silent !== undefined;
}
