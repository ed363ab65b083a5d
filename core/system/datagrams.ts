/**
 * Opens the way to sockets of this machine that take datagrams: the system's log, and who watches over a daemon.
 *
 * @module
 */

import { LocalDatagrams } from "../ffi/mod.ts";

export type { LocalDatagrams };

/** Datagrams to local sockets; nothing is loaded before the first. Closed by `using`. */
export function openLocalDatagrams(): LocalDatagrams {
  return new LocalDatagrams();
}
