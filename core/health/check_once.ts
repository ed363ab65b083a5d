import type { AgentJob } from "./agents/job.ts";
import type { AgentResult } from "./agents/state.ts";
import type { JobTable } from "./job_table.ts";
import { DEFAULT_CONCURRENCY } from "./monitor/capacity.ts";
import type { AskFunction, ProbeFunction } from "./monitor/monitors.ts";
import { probe } from "./probe.ts";
import type { ProbeJob } from "./probe_job.ts";
import { type Clock, elapsedMs, Semaphore, SYSTEM_CLOCK } from "../time/mod.ts";
import { type DesiredService, hasQuorum, type ProbeResult, type RealServer, servingOf } from "../model/mod.ts";

/** Options of {@linkcode checkOnce}. */
export interface CheckOnceOptions {
  /** Cancels the round; it then rejects with the signal's reason, once no probe is in progress. */
  readonly signal?: AbortSignal | undefined;
  /**
   * Most probes at the same time.
   *
   * @default {DEFAULT_CONCURRENCY}
   */
  readonly concurrency?: number | undefined;
  /**
   * Probes once.
   *
   * @default {probe}
   */
  readonly probe?: ProbeFunction | undefined;
  /**
   * Asks an agent once.
   *
   * @default agents are not asked
   */
  readonly ask?: AskFunction | undefined;
  /**
   * Source of time.
   *
   * @default {SYSTEM_CLOCK}
   */
  readonly clock?: Clock | undefined;
}

/** A probe and its result. */
export interface ProbeReport {
  /** Target and check. */
  readonly job: ProbeJob;
  /** Result of the probe. */
  readonly result: ProbeResult;
}

/** An agent and its answer. */
export interface AgentReport {
  /** Target and agent. */
  readonly job: AgentJob;
  /** Result of asking the agent. */
  readonly result: AgentResult;
}

/** One real server of one service in a round. */
export interface ServerRound {
  /** The server as configured. */
  readonly server: RealServer;
  /** The job that checked it; `undefined` without a check. */
  readonly job: ProbeJob | undefined;
  /** Result of its probe; `undefined` without a check: the server then counts as healthy. */
  readonly result: ProbeResult | undefined;
}

/** One virtual service in a round. */
export interface ServiceRound {
  /** The service as configured. */
  readonly desired: DesiredService;
  /** Servers of the service, in the order of the file. */
  readonly servers: readonly ServerRound[];
  /** Number of servers that passed and have a weight above 0. */
  readonly passed: number;
  /** Whether `passed` reaches the quorum. */
  readonly quorumMet: boolean;
}

/** Result of a round. */
export interface RoundResult {
  /** Services, in the order of the file. */
  readonly services: readonly ServiceRound[];
  /** All probes; one that several services share is here once. */
  readonly probes: readonly ProbeReport[];
  /** All agents; one that several services share is here once; empty if agents are not asked. */
  readonly agents: readonly AgentReport[];
  /** Whether every server of every service passed. */
  readonly allPassed: boolean;
  /** Whether every service has its quorum. */
  readonly quorumsMet: boolean;
  /** Duration of the round; milliseconds. */
  readonly durationMs: number;
}

function reportService(
  desired: DesiredService,
  { jobs, results }: { readonly jobs: JobTable; readonly results: ReadonlyMap<string, ProbeResult> },
): ServiceRound {
  const servers = jobs.of(desired).map(({ server, probe: job }): ServerRound => ({
    server,
    job,
    result: job === undefined ? undefined : results.get(job.key),
  }));
  const serving = servingOf(
    desired.servers,
    servers.map(({ server, result }) => result?.ok ?? true ? server.weight : 0),
  );
  return { desired, servers, passed: serving.servers, quorumMet: hasQuorum(desired.quorum, serving) };
}

/** As `Promise.all`, but rejects only after all promises are settled. */
async function allOf<T>(promises: readonly Promise<T>[]): Promise<T[]> {
  return (await Promise.allSettled(promises)).map((one) => {
    if (one.status === "rejected") throw one.reason;
    return one.value;
  });
}

/**
 * Runs each distinct check once and asks each distinct agent, all at the same time, and reports by service and server.
 *
 * A single result makes no server healthy or unhealthy; `HealthRecords` does that with the results in `probes`.
 *
 * @throws {unknown} The reason of `options.signal`, if that is aborted before the last result is in.
 */
export async function checkOnce(jobs: JobTable, options: CheckOnceOptions = {}): Promise<RoundResult> {
  const { signal = new AbortController().signal, clock = SYSTEM_CLOCK } = options;
  const probeOnce: ProbeFunction = options.probe ?? probe;
  const started = clock.now();
  const permits = new Semaphore(options.concurrency ?? DEFAULT_CONCURRENCY);
  const { ask } = options;
  const probing = jobs.probes.map(async (job): Promise<ProbeReport> => {
    using _permit = await permits.acquire({ signal });
    return { job, result: await probeOnce(job.target, job.check, { signal, clock }) };
  });
  const asking = ask === undefined ? [] : jobs.agents.map(async (job): Promise<AgentReport> => {
    using _permit = await permits.acquire({ signal });
    return { job, result: await ask(job.target, job.agent, { signal, clock }) };
  });
  const [probes, agents] = await Promise.all([allOf(probing), allOf(asking)]);
  const results = new Map(probes.map(({ job, result }) => [job.key, result]));
  const services = jobs.services.map((service) => reportService(service, { jobs, results }));
  return {
    services,
    probes,
    agents,
    allPassed: services.every(({ servers }) => servers.every(({ result }) => result?.ok ?? true)),
    quorumsMet: services.every(({ quorumMet }) => quorumMet),
    durationMs: elapsedMs(clock, started),
  };
}
