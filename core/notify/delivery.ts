import type { Network } from "../net/mod.ts";
import type { Clock } from "../time/mod.ts";
import type { AnyNotification, IpAddress } from "../model/mod.ts";
import type { Message } from "./message.ts";

/** The resolver of host names; `core/system/notifier.ts` has the system's. */
export interface Hosts {
  /** Resolves a name to all addresses of the host, or to the reason why there are none. */
  find(name: string): Promise<{ readonly addresses: readonly IpAddress[] } | { readonly failure: string }>;
}

/** The sender of datagrams to local sockets; `core/system/notifier.ts` has the system's. */
export interface Datagrams {
  /**
   * Sends a datagram without waiting.
   *
   * @throws {Error} If that fails; `code` is the name of the errno.
   */
  send(path: string, bytes: Uint8Array): void;
}

/** Dependencies of the senders. */
export interface SenderContext {
  /** Source of time. */
  readonly clock: Clock;
  /** Time of day; milliseconds since 1970. */
  readonly timeOfDay: () => number;
  /** The system's sockets and TLS. */
  readonly network: Network;
  /** Resolver of host names. */
  readonly hosts: Hosts;
  /** Sender of datagrams to local sockets. */
  readonly datagrams: Datagrams;
  /** Name of this machine. */
  readonly hostname: string;
  /** ID of this process. */
  readonly pid: number;
  /** Path of the socket of the system's log. */
  readonly logSocket: string;
}

/** Messages that are sent together. */
export interface Dispatch<N extends AnyNotification = AnyNotification> {
  /** The notification in the file: type, destination and deadline. */
  readonly notification: N;
  /** Messages, one or more. */
  readonly messages: readonly Message[];
  /** Number of earlier events that were dropped because the queue was full. */
  readonly dropped: number;
}

/** Result of sending. */
export type Delivery =
  | {
    /** The messages were delivered. */
    readonly ok: true;
    /** A problem of the delivery, as text: one of several recipients was refused. */
    readonly trouble?: string | undefined;
  }
  | {
    /** At least one message was not delivered. */
    readonly ok: false;
    /** The reason as text, without a period. */
    readonly reason: string;
    /** Messages to send again later; empty if a retry cannot help. */
    readonly left: readonly Message[];
  };

/** Sends messages. It does not throw for failures of others, and settles soon after the signal is aborted. */
export type Sender<N extends AnyNotification = AnyNotification> = (
  dispatch: Dispatch<N>,
  context: SenderContext,
  options: { readonly signal: AbortSignal },
) => Promise<Delivery>;
