/**
 * Health of real servers: probers (one function for each protocol), the state machine of rise and fall (pure), agents,
 * which report the capacity of a server, and the monitor, which decides when to probe and to ask.
 *
 * @module
 */

export { askAgent } from "./agents/ask_agent.ts";
export type { AgentJob } from "./agents/job.ts";
export { AgentRecords, type StoredAgentRecords } from "./agents/records.ts";
export type { AgentResult, AgentState } from "./agents/state.ts";
export { checkOnce, type RoundResult, type ServerRound, type ServiceRound } from "./check_once.ts";
export { startMachine } from "./machines/start.ts";
export { JobTable } from "./job_table.ts";
export type { Monitor } from "./monitor/monitor.ts";
export { type AskFunction, monitorAgents, monitorProbes, type ProbeFunction } from "./monitor/monitors.ts";
export { probe } from "./probe.ts";
export { type ProbeJob, toTrackedJob } from "./probe_job.ts";
export { needsEventLoop, preloadProbers } from "./probers.ts";
export type { FromWorker, ToWorker } from "./remote/messages.ts";
export { ProbeService } from "./remote/probe_service.ts";
export { type ProbeWorker, RemoteProbes, type RemoteProbesOptions, type StartWorker } from "./remote/remote_probes.ts";
export { HealthRecords, type StoredHealthRecords } from "./records.ts";
export { type HealthState, longestDelayMs, probeDelayMs } from "./state.ts";
