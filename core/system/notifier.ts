/**
 * Opens the notifier: connects it with the system's sockets and host names.
 *
 * @module
 */

import { HostAddresses, LocalDatagrams } from "../ffi/mod.ts";
import type { Network } from "../net/mod.ts";
import { SYSTEM_CLOCK } from "../time/mod.ts";
import { Notifier, type NotifierOptions } from "../notify/mod.ts";

/** Socket of the system log: of syslog or journald, whichever runs. */
const LOG_SOCKET = "/dev/log";

/** A {@linkcode Notifier} with the libraries that it has opened; close the notifier before disposal. */
export interface OpenNotifier extends Disposable {
  /** The notifier. */
  readonly notifier: Notifier;
}

/**
 * Opens a notifier on the real system. Each library is opened at its first use.
 *
 * @param network The network, which must stay open as long as the notifier.
 * @param options The notifier's other options.
 */
export function openNotifier(network: Network, options: Omit<NotifierOptions, "context" | "send">): OpenNotifier {
  const hosts = new HostAddresses();
  const datagrams = new LocalDatagrams();
  const notifier = new Notifier({
    ...options,
    context: {
      clock: SYSTEM_CLOCK,
      timeOfDay: Date.now,
      network,
      hosts,
      datagrams,
      hostname: Deno.hostname(),
      pid: Deno.pid,
      logSocket: LOG_SOCKET,
    },
  });
  return {
    notifier,
    [Symbol.dispose]: () => {
      datagrams[Symbol.dispose]();
      hosts[Symbol.dispose]();
    },
  };
}
