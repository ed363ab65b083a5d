import type { Clock, Network } from "../health/mod.ts";
import type { IpAddress, Notification } from "../model/mod.ts";
import type { Telling } from "./telling.ts";

/** Addresses of hosts by their names; `core/open_notifier.ts` has the system's. */
export interface Hosts {
  /** All addresses of a host, or why there is none. */
  find(name: string): Promise<{ readonly addresses: readonly IpAddress[] } | { readonly failure: string }>;
}

/** Datagrams to local sockets; `core/open_notifier.ts` has the system's. */
export interface Datagrams {
  /**
   * Sends one without waiting.
   *
   * @throws {Error} If that is impossible; `code` is the name of the errno.
   */
  send(path: string, bytes: Uint8Array): void;
}

/** What telling needs of the world around. */
export interface Surroundings {
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
  readonly tellings: readonly Telling[];
  /** How many earlier events were given up for want of room. */
  readonly dropped: number;
}

/** What became of telling. */
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
    readonly left: readonly Telling[];
  };

/** Tells something. It does not throw for what others do, and settles soon after the signal is aborted. */
export type Sender<N extends Notification = Notification> = (
  dispatch: Dispatch<N>,
  surroundings: Surroundings,
  options: { readonly signal: AbortSignal },
) => Promise<Delivery>;

/** Sends by the way that a notification asks for; each is loaded when it is first needed. */
export async function send(
  { notification, ...rest }: Dispatch,
  surroundings: Surroundings,
  options: { readonly signal: AbortSignal },
): Promise<Delivery> {
  switch (notification.type) {
    case "exec":
      return (await import("./exec.ts")).sendByExec({ notification, ...rest }, surroundings, options);
    case "webhook":
      return (await import("./webhook.ts")).sendByWebhook({ notification, ...rest }, surroundings, options);
    case "mail":
      return (await import("./mail.ts")).sendByMail({ notification, ...rest }, surroundings, options);
    case "syslog":
      return (await import("./syslog.ts")).sendBySyslog({ notification, ...rest }, surroundings);
  }
}
