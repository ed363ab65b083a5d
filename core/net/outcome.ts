import type { FailureClass } from "../model/mod.ts";
import type { Clock } from "../time/mod.ts";
import type { Network } from "./network.ts";
import type { Trace } from "./trace.ts";

/** The outcome of an exchange with a peer. */
export type Outcome =
  | {
    /** The peer answered as expected. */
    readonly ok: true;
    /** Its answer as text: "status 200". */
    readonly detail: string;
    /** A problem that does not make the peer fail yet: "certificate expires in 13d". */
    readonly warning?: string;
    /** The weight that the peer asks for. */
    readonly weight?: number;
    /** Remaining lifetime of the peer's certificate; milliseconds. */
    readonly certificateMs?: number;
  }
  | {
    /** The peer or the network failed. */
    readonly ok: false;
    /** The reason as text, without a period. */
    readonly reason: string;
    /** The kind of failure; without it, the peer answered, but not as expected. */
    readonly failure?: FailureClass;
    /** Set if this machine failed, and the peer may be fine. */
    readonly inconclusive?: true;
  }
  | {
    /** The exchange was aborted before its end. */
    readonly ok: "aborted";
    /** The missing part: "connection", "answer", "complete answer". */
    readonly awaited: string;
  };

/** Options of an exchange with a peer. */
export interface ExchangeOptions {
  /** Ends the exchange: it then settles at once, and leaves nothing open. */
  readonly signal: AbortSignal;
  /**
   * Duration of the whole exchange; milliseconds. The caller aborts `signal` at its end; an exchange uses this to plan
   * when it sends again.
   */
  readonly timeoutMs: number;
  /** Source of time. */
  readonly clock: Clock;
  /** The system's sockets and TLS; TCP without a binding needs none. */
  readonly network?: Network | undefined;
  /** Receives everything that both sides send. */
  readonly trace?: Trace | undefined;
}
