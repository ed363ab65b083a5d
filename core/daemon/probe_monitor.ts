import type { HealthState, ProbeJob } from "../health/mod.ts";
import type { ProbeResult } from "../model/mod.ts";
import type { Clock } from "../time/mod.ts";

/** Probes each job of its list on its schedule. */
export interface ProbeMonitor {
  /** Waits until it is ready to probe. */
  prepare?(): Promise<void>;
  /** Replaces the jobs: jobs with a known key continue undisturbed. */
  update(jobs: Iterable<ProbeJob>): void;
  /** Number of probes in progress; in another isolate, as of its last results. */
  readonly running: number;
  /** Resolves when it has stopped; rejects after a bug. */
  readonly finished: Promise<void>;
}

/** Options of a {@linkcode ProbeMonitor}. */
export interface ProbeMonitorOptions {
  /** Receives every result, and its time of day; milliseconds since 1970. */
  readonly onResult: (job: ProbeJob, result: ProbeResult, at: number) => void;
  /** Called for each start of a probe with how much later it starts than planned; milliseconds. */
  readonly onStart: (lateMs: number) => void;
  /** The health of a job's server at present. */
  readonly stateOf: (key: string) => HealthState;
  /** The source of time. */
  readonly clock: Clock;
  /** Stops it. */
  readonly signal: AbortSignal;
}
