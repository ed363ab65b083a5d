import type { Agent, Check, ProbeResult, ServerId } from "../../model/mod.ts";
import type { AgentJob } from "../agents/job.ts";
import type { AgentResult } from "../agents/state.ts";
import { askAgent } from "../agents/ask_agent.ts";
import type { Clock } from "../../time/mod.ts";
import { FIRST_PROBE_WITHIN_MS, Monitor, type MonitorOptions } from "./monitor.ts";
import { probe } from "../probe.ts";
import type { ProbeJob } from "../probe_job.ts";

/** Probes once: {@linkcode probe}, or a test's stand-in for it. */
export type ProbeFunction = (
  target: ServerId,
  check: Check,
  options: { readonly signal: AbortSignal; readonly clock: Clock },
) => Promise<ProbeResult>;

/** Asks an agent once: {@linkcode askAgent}, or a test's stand-in for it. */
export type AskFunction = (
  target: ServerId,
  agent: Agent,
  options: { readonly signal: AbortSignal; readonly clock: Clock },
) => Promise<AgentResult>;

/** What both kinds of monitor take: see {@linkcode MonitorOptions}. */
export type CommonMonitorOptions = Pick<MonitorOptions<never, never>, "signal" | "concurrency" | "clock" | "random">;

/**
 * A monitor that probes servers.
 *
 * @param onResult Gets every result, and tells how long after the start of this probe the next one is to start:
 * `probeDelayMs` of what the result has made of the server's state.
 * @param options.probe Probes once; {@linkcode probe} where it is not given.
 */
export function monitorProbes(
  onResult: (job: ProbeJob, result: ProbeResult) => number,
  options: CommonMonitorOptions & { readonly probe?: ProbeFunction } = {},
): Monitor<ProbeJob, ProbeResult> {
  const { probe: probeOnce = probe, ...rest } = options;
  return new Monitor(onResult, {
    ...rest,
    ask: ({ target, check }, bounds) => probeOnce(target, check, bounds),
    firstWithinMs: ({ check }) => check.warmupMs ?? Math.min(check.intervalMs, FIRST_PROBE_WITHIN_MS),
  });
}

/**
 * A monitor that asks agents, each at its interval.
 *
 * @param onResult Gets every result.
 * @param options.ask Asks once; {@linkcode askAgent} where it is not given.
 */
export function monitorAgents(
  onResult: (job: AgentJob, result: AgentResult) => void,
  options: CommonMonitorOptions & { readonly ask?: AskFunction } = {},
): Monitor<AgentJob, AgentResult> {
  const { ask = askAgent, ...rest } = options;
  return new Monitor((job, result) => {
    onResult(job, result);
    return job.agent.intervalMs;
  }, {
    ...rest,
    ask: ({ target, agent }, bounds) => ask(target, agent, bounds),
    firstWithinMs: ({ agent }) => Math.min(agent.intervalMs, FIRST_PROBE_WITHIN_MS),
  });
}
