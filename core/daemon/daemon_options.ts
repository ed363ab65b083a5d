import type { AgentJob, AgentState, AskFunction, ProbeFunction, ProbeJob } from "../health/mod.ts";
import type { Clock } from "../time/mod.ts";
import type { Change, Health, ServerId, ServiceEvent, ServiceId, VipChange } from "../model/mod.ts";
import type { BackgroundLookup, VipAddresses, VipPlace, VouchOf } from "../follow/mod.ts";
import type { ProbeMonitor, ProbeMonitorOptions } from "./probe_monitor.ts";
import type { RestoredState } from "./stored_state.ts";

/** A report of the daemon; each is one line of the log. */
export type DaemonEvent =
  | { readonly kind: "health"; readonly job: ProbeJob; readonly health: Health; readonly reason: string }
  | { readonly kind: "uncheckable"; readonly job: ProbeJob; readonly reason: string }
  | { readonly kind: "agent"; readonly job: AgentJob; readonly state: AgentState }
  | { readonly kind: "service"; readonly event: ServiceEvent }
  | { readonly kind: "change"; readonly change: Change; readonly why: string }
  | { readonly kind: "vip"; readonly change: VipChange }
  | { readonly kind: "drift"; readonly change: Change; readonly why: string; readonly reaction: DriftReaction }
  | {
    readonly kind: "veto";
    readonly service: ServiceId;
    readonly server: ServerId;
    readonly directors: number;
    readonly reason: string | undefined;
  }
  | { readonly kind: "kept"; readonly service: ServiceId; readonly server: ServerId }
  | { readonly kind: "failure"; readonly error: unknown; readonly retryMs: number; readonly isRepeated?: boolean }
  | { readonly kind: "loaded"; readonly services: number; readonly checks: number };

/**
 * The daemon's reaction to a difference between the table and the file: it corrects it, drains a server that the file
 * does not name, leaves it as another program made it, or leaves it because a dry run changes nothing.
 */
export type DriftReaction = "repaired" | "drained" | "left" | "dry-run";

/** Options of a {@linkcode Daemon}. */
export interface DaemonOptions {
  /** Called with every event. */
  readonly onEvent: (event: DaemonEvent) => void;
  /** Stops the daemon; the table stays as it is. */
  readonly signal: AbortSignal;
  /**
   * The source of time.
   *
   * @default {SYSTEM_CLOCK}
   */
  readonly clock?: Clock | undefined;
  /**
   * The time of day for the records; milliseconds since 1970.
   *
   * @default {Date.now}
   */
  readonly timeOfDay?: (() => number) | undefined;
  /** Spreads the first probes: 0 to less than 1. */
  readonly random?: (() => number) | undefined;
  /** Probes once. */
  readonly probe?: ProbeFunction | undefined;
  /**
   * Creates what probes on schedule.
   *
   * @default {probes run in this isolate, by `probe`}
   */
  readonly monitor?: ((options: ProbeMonitorOptions) => ProbeMonitor) | undefined;
  /** Asks an agent once. */
  readonly ask?: AskFunction | undefined;
  /**
   * Finds the closed connections of draining servers.
   *
   * @default every connection counts as open
   */
  readonly lookUp?: BackgroundLookup | undefined;
  /**
   * The interfaces' addresses.
   *
   * @default VIPs stay as they are
   */
  readonly vips?: (() => VipAddresses | undefined) | undefined;
  /**
   * The VIPs of an earlier daemon's file, which are removed if the file of this one lacks them.
   *
   * @default {none}
   */
  readonly formerVips?: readonly VipPlace[] | undefined;
  /**
   * The verdicts of other directors, which keep servers in the table.
   *
   * @default its own checks decide alone
   */
  readonly vouchOf?: VouchOf | undefined;
  /**
   * Locks the table until it is disposed of; `undefined` if another process holds the lock.
   *
   * @default there is no lock
   */
  readonly lockTable?: (() => Disposable | undefined) | undefined;
  /**
   * The state of an earlier daemon.
   *
   * @default every server's health is unknown
   */
  readonly restored?: RestoredState | undefined;
  /**
   * How often the table is compared with the file; milliseconds.
   *
   * @default never
   */
  readonly verifyMs?: number | undefined;
  /** Whether changes by other programs are corrected; otherwise they are only reported. */
  readonly repair?: boolean | undefined;
  /** Reports the changes without making them. */
  readonly dryRun?: boolean | undefined;
}
