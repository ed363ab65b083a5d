/**
 * Opens datagrams to local sockets: of the system log and of the service manager.
 *
 * @module
 */

import { LocalDatagrams } from "../ffi/mod.ts";

export type { LocalDatagrams };

/** Opens datagrams to local sockets; the library is loaded for the first one. Closed by `using`. */
export function openLocalDatagrams(): LocalDatagrams {
  return new LocalDatagrams();
}
