import type { Network } from "../net/mod.ts";
import type { Clock } from "../time/mod.ts";
import type { IpAddress, Notification } from "../model/mod.ts";
import type { Message } from "./message.ts";

/** Addresses of hosts by their names; `core/system/notifier.ts` has the system's. */
export interface Hosts {
  /** All addresses of a host, or why there is none. */
  find(name: string): Promise<{ readonly addresses: readonly IpAddress[] } | { readonly failure: string }>;
}

/** Datagrams to local sockets; `core/system/notifier.ts` has the system's. */
export interface Datagrams {
  /**
   * Sends one without waiting.
   *
   * @throws {Error} If that is impossible; `code` is the name of the errno.
   */
  send(path: string, bytes: Uint8Array): void;
}

/** What sending a notification needs. */
export interface SenderContext {
  /** Where time comes from. */
  readonly clock: Clock;
  /** Time of day; milliseconds since 1970. */
  readonly timeOfDay: () => number;
  /** What Deno's own sockets cannot do. */
  readonly network: Network;
  /** Addresses of hosts. */
  readonly hosts: Hosts;
  /** Datagrams to local sockets. */
  readonly datagrams: Datagrams;
  /** Name of this machine. */
  readonly hostname: string;
  /** Number of this process. */
  readonly pid: number;
  /** Path of the socket that takes what is for the system's log. */
  readonly logSocket: string;
}

/** What is told at once. */
export interface Dispatch<N extends Notification = Notification> {
  /** How. */
  readonly notification: N;
  /** What, one or more. */
  readonly messages: readonly Message[];
  /** How many earlier events were given up for want of room. */
  readonly dropped: number;
}

/** What became of message. */
export type Delivery =
  | {
    /** It was told. */
    readonly ok: true;
    /** What went wrong all the same, for people. */
    readonly trouble?: string;
  }
  | {
    /** It was not told. */
    readonly ok: false;
    /** Why, for people, without a period. */
    readonly reason: string;
    /** What was not told and should be, later; none where trying again cannot help. */
    readonly left: readonly Message[];
  };

/** Tells something. It does not throw for what others do, and settles soon after the signal is aborted. */
export type Sender<N extends Notification = Notification> = (
  dispatch: Dispatch<N>,
  context: SenderContext,
  options: { readonly signal: AbortSignal },
) => Promise<Delivery>;
