/** A TCP check: the connection is accepted. */
export interface TcpCheck {
  /** Tells the kinds of check apart. */
  readonly type: "tcp";
}

/** An HTTP check: the answer has one of the expected statuses and, if asked for, contains a text. */
export interface HttpCheck {
  /** Tells the kinds of check apart. */
  readonly type: "http";
  /** Request method. */
  readonly method: "GET" | "HEAD";
  /** Path and query, starting with a slash. */
  readonly path: string;
  /** Value of the Host header; the server's address and port where it is not given. */
  readonly host?: string;
  /** What the answer has to be. */
  readonly expect: {
    /** Accepted statuses, as inclusive ranges: [[200, 299]]. */
    readonly status: readonly (readonly [number, number])[];
    /** Text that the body has to contain. */
    readonly body?: string;
  };
}

/** What all checks have. */
export interface CheckTiming {
  /** From the start of one probe to the start of the next; milliseconds. */
  readonly intervalMs: number;
  /** Hard deadline of a probe; milliseconds. */
  readonly timeoutMs: number;
  /** Successes in a row that make a server healthy. */
  readonly rise: number;
  /** Failures in a row that make it unhealthy. */
  readonly fall: number;
  /** Port to probe; the server's own where it is not given. */
  readonly port?: number;
}

/** A check as it is configured: what to probe, how often, and how many results count. */
export type Check = (TcpCheck | HttpCheck) & CheckTiming;

/** Timing where the file says nothing. */
export const DEFAULT_TIMING: CheckTiming = { intervalMs: 2000, timeoutMs: 1000, rise: 2, fall: 3 };

/**
 * What one probe found. A result that is `inconclusive` says nothing of the server, for the probe failed on this
 * machine (no file descriptor left, connecting forbidden): it is reported, and it counts neither way.
 */
export type ProbeResult =
  | { readonly ok: true; readonly latencyMs: number; readonly detail: string }
  | { readonly ok: false; readonly latencyMs: number; readonly reason: string; readonly inconclusive?: true };

/** What lvsctl believes of a server: `unknown` until rise or fall results have come in. */
export type Health = "unknown" | "healthy" | "unhealthy";
