import type { AgentJob, AgentState, AskFunction, ProbeFunction, ProbeJob } from "../health/mod.ts";
import type { Clock } from "../time/mod.ts";
import type { Change, Health, ServiceEvent, VipChange } from "../model/mod.ts";
import type { BackgroundLookup, VipAddresses } from "../follow/mod.ts";
import type { RestoredState } from "./stored_state.ts";

/** Something that the daemon tells its operator; each is one line of the log. */
export type DaemonEvent =
  | { readonly kind: "health"; readonly job: ProbeJob; readonly health: Health; readonly reason: string }
  | { readonly kind: "agent"; readonly job: AgentJob; readonly state: AgentState }
  | { readonly kind: "service"; readonly event: ServiceEvent }
  | { readonly kind: "change"; readonly change: Change; readonly why: string }
  | { readonly kind: "vip"; readonly change: VipChange }
  | { readonly kind: "drift"; readonly change: Change; readonly why: string; readonly reaction: DriftReaction }
  | { readonly kind: "failure"; readonly error: unknown; readonly retryMs: number }
  | { readonly kind: "loaded"; readonly services: number; readonly checks: number };

/**
 * What is done about a difference between the table and what it should be: it is put right, left as whoever made it
 * wants it, or left because nothing is to be changed at all.
 */
export type DriftReaction = "repaired" | "left" | "dry-run";

/** What a {@linkcode Daemon} takes beside kernel and file. */
export interface DaemonOptions {
  /** Gets every event. */
  readonly onEvent: (event: DaemonEvent) => void;
  /** Stops the daemon; the table stays as it is. */
  readonly signal: AbortSignal;
  /**
   * Where time comes from.
   *
   * @default {SYSTEM_CLOCK}
   */
  readonly clock?: Clock;
  /** Time of day for the records; milliseconds since 1970. */
  readonly timeOfDay?: () => number;
  /** Spreads the first probes: 0 to less than 1. */
  readonly random?: () => number;
  /** Probes once. */
  readonly probe?: ProbeFunction;
  /** Asks an agent once. */
  readonly ask?: AskFunction;
  /**
   * Tells which connections of servers that leave are closed.
   *
   * @default nobody does, and all are waited for
   */
  readonly lookUp?: BackgroundLookup;
  /**
   * The interfaces' addresses.
   *
   * @default no VIP is withdrawn
   */
  readonly vips?: () => VipAddresses | undefined;
  /**
   * Keeps others from changing the table until it is disposed of; `undefined` if somebody else does at the moment.
   *
   * @default nobody is kept from it
   */
  readonly lockTable?: () => Disposable | undefined;
  /**
   * What an earlier one left.
   *
   * @default nothing is known
   */
  readonly restored?: RestoredState;
  /**
   * How often the table is held against what it should be; milliseconds.
   *
   * @default never
   */
  readonly verifyMs?: number;
  /** Whether what others have made of the table is put right; else it is told of. */
  readonly repair?: boolean;
  /** Changes nothing, and tells what it would. */
  readonly dryRun?: boolean;
}
