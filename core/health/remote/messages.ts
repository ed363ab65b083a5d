import type { ProbeResult, ServerId } from "../../model/mod.ts";
import type { Check } from "../../model/mod.ts";
import type { HealthState } from "../state.ts";

/** A probe job as a worker gets it. */
export interface RemoteJob {
  /** Names the job in messages: a short number in place of its long key. */
  readonly id: number;
  /** Address and port to probe. */
  readonly target: ServerId;
  /** The check. */
  readonly check: Check;
  /** The server's health, if the delay to the next probe depends on it. */
  readonly state?: HealthState | undefined;
}

/** A message to a worker. */
export type ToWorker =
  /** Jobs to cancel, and jobs to start. */
  | { readonly kind: "update"; readonly removed: readonly number[]; readonly added: readonly RemoteJob[] }
  /** Cancel all jobs, and end. */
  | { readonly kind: "stop" };

/** A message from a worker. */
export type FromWorker =
  /** The worker waits for jobs. */
  | { readonly kind: "ready" }
  /**
   * Results in the order of their arrival, as columns: jobs, times of day in milliseconds since 1970, results. With them
   * how much later than planned the probes started since the last message, in milliseconds, and how many are in progress.
   */
  | {
    readonly kind: "results";
    readonly ids: readonly number[];
    readonly ats: readonly number[];
    readonly results: readonly ProbeResult[];
    readonly lateMs: readonly number[];
    readonly running: number;
  }
  /** All jobs are cancelled, and the worker ends. */
  | { readonly kind: "stopped" }
  /** The worker ends because of a bug. */
  | { readonly kind: "failed"; readonly reason: string };
