/**
 * Opens the ways by which people and programs are told: joins the notifier with the system's sockets and host names.
 *
 * @module
 */

import { HostAddresses, LocalDatagrams } from "../ffi/mod.ts";
import type { Network } from "../net/mod.ts";
import { SYSTEM_CLOCK } from "../time/mod.ts";
import { Notifier, type NotifierOptions } from "../notify/mod.ts";

/** Where programs send what is for the system's log: syslog or journald, whichever runs. */
const LOG_SOCKET = "/dev/log";

/** A {@linkcode Notifier}, and what it holds; it is to be closed before that is disposed of. */
export interface OpenNotifier extends Disposable {
  /** The notifier. */
  readonly notifier: Notifier;
}

/**
 * A notifier on the real system. No library is opened before it is needed.
 *
 * @param network The network, which has to stay open as long as the notifier.
 * @param options What the notifier takes beside the system.
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
