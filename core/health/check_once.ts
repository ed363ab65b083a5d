import { type AgentJob, agentJobs } from "./agents/job.ts";
import type { AgentResult } from "./agents/state.ts";
import { DEFAULT_CONCURRENCY } from "./monitor/capacity.ts";
import type { AskFunction, ProbeFunction } from "./monitor/monitors.ts";
import { probe } from "./probe.ts";
import { type ProbeJob, probeJobs, toProbeJob } from "./probe_job.ts";
import { type Clock, Semaphore, SYSTEM_CLOCK } from "../time/mod.ts";
import { checkOf, type DesiredService, hasQuorum, type ProbeResult, type RealServer, servingOf } from "../model/mod.ts";

/** What {@linkcode checkRound} takes beside the services. */
export interface RoundOptions {
  /** Calls the round off; it then rejects with the signal's reason, once nothing of it is left. */
  readonly signal?: AbortSignal;
  /**
   * Probes in flight at a time.
   *
   * @default {DEFAULT_CONCURRENCY}
   */
  readonly concurrency?: number;
  /**
   * Probes once.
   *
   * @default {probe}
   */
  readonly probe?: ProbeFunction;
  /**
   * Asks an agent once.
   *
   * @default agents are not asked
   */
  readonly ask?: AskFunction;
  /**
   * Where time comes from.
   *
   * @default {SYSTEM_CLOCK}
   */
  readonly clock?: Clock;
}

/** A probe that was made, and what it found. */
export interface ProbedJob {
  /** What was probed, and how. */
  readonly job: ProbeJob;
  /** What was found. */
  readonly result: ProbeResult;
}

/** An agent that was asked, and what that gave. */
export interface AskedJob {
  /** Who was asked, and how. */
  readonly job: AgentJob;
  /** What was found. */
  readonly result: AgentResult;
}

/** What the round found of one real server of one service. */
export interface ServerRound {
  /** The server as configured. */
  readonly server: RealServer;
  /** What its probe found; `undefined` where the service has no check: the server is taken as healthy. */
  readonly result: ProbeResult | undefined;
}

/** What the round found of one virtual service. */
export interface ServiceRound {
  /** The service as configured. */
  readonly desired: DesiredService;
  /** Its servers, in the order of the file. */
  readonly servers: readonly ServerRound[];
  /** Servers that passed and have a weight. */
  readonly passed: number;
  /** Whether `passed` reaches the quorum. */
  readonly quorumMet: boolean;
}

/** What one round found. */
export interface RoundResult {
  /** By service, in the order of the file. */
  readonly services: readonly ServiceRound[];
  /** Every probe once, however many services share it. */
  readonly probes: readonly ProbedJob[];
  /** Every agent once, however many services share it; none where they were not to be asked. */
  readonly agents: readonly AskedJob[];
  /** Whether every server of every service passed. */
  readonly allPassed: boolean;
  /** Whether every service has its quorum. */
  readonly quorumsMet: boolean;
  /** How long the round took; milliseconds. */
  readonly durationMs: number;
}

function reportService(desired: DesiredService, results: ReadonlyMap<string, ProbeResult>): ServiceRound {
  const servers = desired.servers.map((server): ServerRound => {
    const check = checkOf(desired, server);
    return { server, result: check === undefined ? undefined : results.get(toProbeJob(server, check).key) };
  });
  const serving = servingOf(
    desired.servers,
    servers.map(({ server, result }) => result?.ok ?? true ? server.weight : 0),
  );
  return { desired, servers, passed: serving.servers, quorumMet: hasQuorum(desired.quorum, serving) };
}

/** As `Promise.all`, but a failure is told when all have ended. */
async function allOf<T>(promises: readonly Promise<T>[]): Promise<T[]> {
  return (await Promise.allSettled(promises)).map((one) => {
    if (one.status === "rejected") throw one.reason;
    return one.value;
  });
}

/**
 * Makes each distinct check once, and asks each distinct agent, all at the same time, and reports by service and server.
 *
 * A single result makes nobody healthy or unhealthy: that is for `HealthRecords`, which takes `probes`.
 *
 * @throws {unknown} The reason of `options.signal`, if that is aborted before the last result is in.
 */
export async function checkRound(
  desired: readonly DesiredService[],
  options: RoundOptions = {},
): Promise<RoundResult> {
  const { signal = new AbortController().signal, clock = SYSTEM_CLOCK } = options;
  const probeOnce: ProbeFunction = options.probe ?? probe;
  const started = clock.now();
  const permits = new Semaphore(options.concurrency ?? DEFAULT_CONCURRENCY);
  const { ask } = options;
  const probing = probeJobs(desired).map(async (job): Promise<ProbedJob> => {
    using _permit = await permits.acquire({ signal });
    return { job, result: await probeOnce(job.target, job.check, { signal, clock }) };
  });
  const asking = ask === undefined ? [] : agentJobs(desired).map(async (job): Promise<AskedJob> => {
    using _permit = await permits.acquire({ signal });
    return { job, result: await ask(job.target, job.agent, { signal, clock }) };
  });
  const [probes, agents] = await Promise.all([allOf(probing), allOf(asking)]);
  const results = new Map(probes.map(({ job, result }) => [job.key, result]));
  const services = desired.map((service) => reportService(service, results));
  return {
    services,
    probes,
    agents,
    allPassed: services.every(({ servers }) => servers.every(({ result }) => result?.ok ?? true)),
    quorumsMet: services.every(({ quorumMet }) => quorumMet),
    durationMs: Math.round((clock.now() - started) * 1000) / 1000,
  };
}
