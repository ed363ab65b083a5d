/**
 * Health of real servers: probers (one function per protocol), the rise/fall state machine (pure), and the monitor,
 * which decides when to probe.
 *
 * @module
 */

export { AnswerError, AnswerReader, type AnswerSource } from "./answer_reader.ts";
export { type Clock, sleep, SYSTEM_CLOCK } from "./clock.ts";
export { type CommandEnd, type CommandOptions, runCommand } from "./command.ts";
export {
  DEFAULT_CONCURRENCY,
  FIRST_PROBE_WITHIN_MS,
  Monitor,
  type MonitorOptions,
  type ProbeFunction,
} from "./monitor.ts";
export type { ByteStream, DatagramSocket, Network, TlsEngine, Way } from "./network.ts";
export { environmentOf, fillIn, type Placeholders, serverPlaceholders, servicePlaceholders } from "./placeholders.ts";
export { probe, type ProbeOptions } from "./probe.ts";
export { type ProbeJob, probeJobs, toProbeJob } from "./probe_job.ts";
export type { ProbeOutcome, Prober, ProberOptions, ProbeTarget } from "./prober.ts";
export type { Probers } from "./probers.ts";
export { describeReply, expectReply, readReply, type Reply } from "./probers/reply.ts";
export { greetSmtp, offers } from "./probers/smtp_greeting.ts";
export { HealthRecords, type StoredHealthRecords } from "./records.ts";
export { Semaphore } from "./semaphore.ts";
export { type ConversationOptions, converse, Session } from "./session.ts";
export {
  type Advance,
  advance,
  type AdvanceOptions,
  FRESH_STATE,
  type HealthSample,
  type HealthState,
  HISTORY_LENGTH,
} from "./state.ts";
export { readHealthState } from "./state_reader.ts";
