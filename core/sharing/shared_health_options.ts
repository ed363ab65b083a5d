import type { Health, HealthSharing } from "../model/mod.ts";
import type { Clock } from "../time/mod.ts";
import type { Verdict as PublishedVerdict, VerdictStore } from "./publisher.ts";
import type { SharedServer } from "./verdicts.ts";

/** A verdict of this director. */
export interface Verdict extends PublishedVerdict {
  /** The check. */
  readonly check: SharedServer["check"] & { readonly intervalMs: number };
  /** The health by which this director decides: it lasts while `health` is unknown because no result is conclusive. */
  readonly decided: Health;
}

/** The verdict of other directors that a server is healthy. */
export interface Vouch {
  /** The number of directors that see it healthy; no other sees it unhealthy. 0 before the first reading. */
  readonly directors: number;
  /** The longest time for which they keep it in the table; milliseconds. */
  readonly limitMs: number;
}

/** The state of the verdicts that directors share. */
export interface SharingStatus {
  /** The number of other directors that must see a server healthy. */
  readonly quorum: number;
  /** The names of the other directors whose verdicts count now. */
  readonly directors: readonly string[];
  /** The number of other directors whose verdicts are damaged, not complete, or too many. */
  readonly ignored: number;
  /** The number of own verdicts that are too many to publish. */
  readonly unpublished: number;
  /** The number of servers that are unhealthy here, and that enough other directors see healthy. */
  readonly disputed: number;
  /** Whether all servers are unhealthy here while other directors reach most of them. */
  readonly isBlind: boolean;
  /** Why the store cannot be used now; undefined if it can. */
  readonly problem: string | undefined;
}

/** Options of `SharedHealth`. */
export interface SharedHealthOptions {
  /** The store. */
  readonly etcd: VerdictStore;
  /** The beginning of all its keys. */
  readonly prefix: string;
  /** The name of this director, which no other has. */
  readonly name: string;
  /** The source of time: the age of verdicts is counted from their receipt, so that clocks of directors may differ. */
  readonly clock: Clock;
  /** Spreads what many directors do: 0 to less than 1. */
  readonly random: () => number;
  /** The settings at the start. */
  readonly settings: HealthSharing;
  /** The verdicts of this director. */
  readonly verdicts: () => readonly Verdict[];
  /** Called with the names of the services for which the verdicts of other directors differ now. */
  readonly onChanged: (names: readonly string[]) => void;
  /** Logs a message. */
  readonly log: (level: "info" | "notice" | "warning" | "error", message: string) => void;
  /** Reports a bug. */
  readonly onBug: (error: unknown) => void;
}
