import type { ServerId } from "../model/mod.ts";
import type { Clock } from "../time/mod.ts";
import type { Network } from "./network.ts";
import type { Trace } from "./trace.ts";

/** What is probed: the server's address, and the port that the check names or else the server's own. */
export type ProbeTarget = ServerId;

/** What a prober gives back. */
export type ProbeOutcome =
  | {
    /** The server passed. */
    readonly ok: true;
    /** What it answered, for people: "status 200". */
    readonly detail: string;
    /** What will make it fail some day, see `ProbeResult`. */
    readonly warning?: string;
    /** The weight that it asks for, see `ProbeResult`. */
    readonly weight?: number;
  }
  | {
    /** The server failed. */
    readonly ok: false;
    /** Why, for people, without a period. */
    readonly reason: string;
    /** Set where the failure is this machine's, see `ProbeResult`. */
    readonly inconclusive?: true;
  }
  | {
    /** The prober was aborted before it knew. */
    readonly ok: "aborted";
    /** What it was waiting for: "connection", "answer", "complete answer". */
    readonly awaited: string;
  };

/** What a prober takes beside target and check. */
export interface ProberOptions {
  /** Ends the probe: the prober then settles at once, with nothing left open. */
  readonly signal: AbortSignal;
  /** How long the whole probe may take; milliseconds. `signal` sees to it; this is for planning what to send again. */
  readonly timeoutMs: number;
  /** Where time comes from. */
  readonly clock: Clock;
  /** What Deno's own sockets cannot do; not needed for TCP and HTTP without a way of their own. */
  readonly network?: Network;
  /** Is told what the probe and the server say to each other. */
  readonly trace?: Trace;
}
