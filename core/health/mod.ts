/**
 * Health of real servers: probers (one function per protocol), the rise/fall state machine (pure), agents, which say how
 * much a server can take, and the monitor, which decides when to probe and to ask.
 *
 * @module
 */

export { type AgentJob, agentJobs, toAgentJob } from "./agent_job.ts";
export { AgentRecords, type StoredAgentRecords } from "./agent_records.ts";
export { AnswerError, AnswerReader, type AnswerSource } from "./answer_reader.ts";
export { type CommandEnd, type CommandOptions, runCommand } from "./command.ts";
export {
  advanceAgent,
  type AgentAdvance,
  type AgentResult,
  type AgentState,
  FRESH_AGENT_STATE,
} from "./agent_state.ts";
export { readAgentState } from "./agent_state_reader.ts";
export { type AgentText, readAgentText } from "./agent_text.ts";
export { askAgent, type AskOptions } from "./ask_agent.ts";
export { type Clock, sleep, SYSTEM_CLOCK } from "./clock.ts";
export { DEFAULT_CONCURRENCY, probeCapacity } from "./capacity.ts";
export { FIRST_PROBE_WITHIN_MS, Monitor, type MonitorJob, type MonitorOptions } from "./monitor.ts";
export {
  type AskFunction,
  type CommonMonitorOptions,
  monitorAgents,
  monitorProbes,
  type ProbeFunction,
} from "./monitors.ts";
export type { ByteStream, DatagramSocket, Network, TlsEngine, Way } from "./network.ts";
export { environmentOf, fillIn, type Placeholders, serverPlaceholders, servicePlaceholders } from "./placeholders.ts";
export { probe, type ProbeOptions } from "./probe.ts";
export { type ProbeJob, probeJobs, toProbeJob } from "./probe_job.ts";
export type { ProbeOutcome, Prober, ProberOptions, ProbeTarget } from "./prober.ts";
export type { Probers } from "./probers.ts";
export { describeReply, expectReply, readReply, type Reply } from "./probers/reply.ts";
export { greetSmtp, offers } from "./probers/smtp_greeting.ts";
export { HealthRecords, type StoredHealthRecords } from "./records.ts";
export type { Trace, TraceEntry } from "./trace.ts";
export { Semaphore } from "./semaphore.ts";
export { type ConversationOptions, converse, Session } from "./session.ts";
export {
  type Advance,
  advance,
  type AdvanceOptions,
  FRESH_STATE,
  type HealthSample,
  type HealthState,
  heldForMs,
  HISTORY_LENGTH,
  isDamped,
  probeDelayMs,
} from "./state.ts";
export { readHealthState } from "./state_reader.ts";
