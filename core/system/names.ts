/**
 * Opens the system's host and service names. No library is loaded before the first lookup.
 *
 * @module
 */

import { HostAddresses, SystemNames } from "../ffi/mod.ts";

export type { HostAddresses, SystemNames };

/** Opens libc's lookup of hosts' addresses; closed by `using`. */
export function openHostAddresses(): HostAddresses {
  return new HostAddresses();
}

/** Opens libc's lookup of names. */
export function openNames(): SystemNames {
  return new SystemNames();
}
