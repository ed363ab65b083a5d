/**
 * Signals that the launcher keeps back until the program listens for them.
 *
 * @module
 */

import { unblockSignals } from "../ffi/mod.ts";

/** The signals of a daemon that `packaging/launcher.c` blocks: SIGHUP, SIGUSR1 and SIGUSR2 (signal(7)). */
const DAEMON_SIGNALS = [1, 10, 12];

/** Lets a daemon's signals arrive, those that have come before included; blocked again by `using`. */
export function admitDaemonSignals(): Disposable {
  return unblockSignals(DAEMON_SIGNALS);
}
