import type { EndpointStatus } from "../etcd/mod.ts";
import type { Clock } from "../time/mod.ts";
import type { Rollout } from "./rollout.ts";
import type { ClusterStore } from "./store.ts";
import type { Version } from "./version.ts";

/** The daemon, for its part of a cluster. */
export interface DirectorHooks {
  /**
   * Makes a version active.
   *
   * @throws {LvsctlError} If it is not valid here; the previous version stays active.
   */
  apply(version: Version): Promise<void>;
  /** The first difference between the table and the active version; it reads the whole table. */
  difference(): string | undefined;
  /** Why the daemon cannot make a change of the table. */
  trouble(): string | undefined;
  /** The services that have lost their quorum. */
  belowQuorum(): readonly string[];
  /** The health of all services in one line. */
  health(): string;
  /** Keeps a copy of the active version for the next start. */
  save(version: Version): void;
  /** Logs a message. */
  log(level: "info" | "notice" | "warning" | "error", message: string): void;
  /** Reports a bug. */
  bug(error: unknown): void;
}

/** Options of a {@linkcode ClusterDirector}. */
export interface DirectorOptions {
  /** The store. */
  readonly store: ClusterStore;
  /** The source of time. */
  readonly clock: Clock;
  /** The time of day; milliseconds since 1970. */
  readonly timeOfDay: () => number;
  /** Spreads what many directors do: 0 to less than 1. */
  readonly random: () => number;
  /** Its name, which no other director has. */
  readonly name: string;
  /** The labels that it has outside the file, such as role=edge. */
  readonly labels: readonly string[];
  /** The id of this run of the daemon. */
  readonly instance: string;
  /** The version of lvsctl. */
  readonly program: string;
  /** The version that it starts with. */
  readonly active: Version;
  /** Why the store has not confirmed that version; undefined if it has. */
  readonly problem?: string | undefined;
  /** The daemon. */
  readonly hooks: DirectorHooks;
}

/** The state of a director's configuration. */
export interface StoreStatus {
  /** The active version. */
  readonly active: Version;
  /** The last time when the store confirmed it or another version; milliseconds since 1970. Undefined: never. */
  readonly confirmedAt: number | undefined;
  /** Why the store does not confirm it now; undefined if it does. */
  readonly problem: string | undefined;
  /** Why a newer version is not active; undefined without one. */
  readonly refusal: string | undefined;
  /** The roll-out, as far as it is known. */
  readonly rollout: Rollout | undefined;
  /** The state of the store's endpoints. */
  readonly endpoints: readonly EndpointStatus[];
}
