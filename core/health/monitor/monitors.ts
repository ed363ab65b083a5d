import type { Agent, Check, ProbeResult, ServerId } from "../../model/mod.ts";
import type { AgentJob } from "../agents/job.ts";
import type { AgentResult } from "../agents/state.ts";
import { askAgent } from "../agents/ask_agent.ts";
import type { Clock } from "../../time/mod.ts";
import { FIRST_PROBE_WITHIN_MS, Monitor, type MonitorOptions } from "./monitor.ts";
import { probe } from "../probe.ts";
import type { ProbeJob } from "../probe_job.ts";

/** Probes once: {@linkcode probe}, or its replacement in a test. */
export type ProbeFunction = (
  target: ServerId,
  check: Check,
  options: { readonly signal: AbortSignal; readonly clock: Clock },
) => Promise<ProbeResult>;

/** Asks an agent once: {@linkcode askAgent}, or its replacement in a test. */
export type AskFunction = (
  target: ServerId,
  agent: Agent,
  options: { readonly signal: AbortSignal; readonly clock: Clock },
) => Promise<AgentResult>;

/** Options of both kinds of monitor: see {@linkcode MonitorOptions}. */
export type CommonMonitorOptions = Pick<
  MonitorOptions<never, never>,
  "signal" | "concurrency" | "clock" | "random" | "onStart"
>;

/**
 * Creates a monitor that probes servers.
 *
 * @param onResult Receives every result, and returns the delay from the start of this probe to the start of the next:
 * `probeDelayMs` of the server's new state.
 * @param options.probe Probes once; {@linkcode probe} by default.
 */
export function monitorProbes(
  onResult: (job: ProbeJob, result: ProbeResult) => number,
  options: CommonMonitorOptions & { readonly probe?: ProbeFunction | undefined } = {},
): Monitor<ProbeJob, ProbeResult> {
  const { probe: probeOnce = probe, ...rest } = options;
  return new Monitor(onResult, {
    ...rest,
    run: ({ target, check }, run) => probeOnce(target, check, run),
    firstWithinMs: ({ check }) => check.warmupMs ?? Math.min(check.intervalMs, FIRST_PROBE_WITHIN_MS),
  });
}

/**
 * Creates a monitor that asks agents, each at its interval.
 *
 * @param onResult Receives every result.
 * @param options.ask Asks once; {@linkcode askAgent} by default.
 */
export function monitorAgents(
  onResult: (job: AgentJob, result: AgentResult) => void,
  options: CommonMonitorOptions & { readonly ask?: AskFunction | undefined } = {},
): Monitor<AgentJob, AgentResult> {
  const { ask = askAgent, ...rest } = options;
  return new Monitor((job, result) => {
    onResult(job, result);
    return job.agent.intervalMs;
  }, {
    ...rest,
    run: ({ target, agent }, run) => ask(target, agent, run),
    firstWithinMs: ({ agent }) => Math.min(agent.intervalMs, FIRST_PROBE_WITHIN_MS),
  });
}
