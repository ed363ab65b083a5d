/**
 * Opens the system's host and service names, for those who want them: nothing is loaded before the first look-up.
 *
 * @module
 */

import { HostAddresses, SystemNames } from "../ffi/mod.ts";

export type { HostAddresses, SystemNames };

/** The addresses of hosts, as libc finds them; closed by `using`. */
export function openHostAddresses(): HostAddresses {
  return new HostAddresses();
}

/** Names as libc finds them. */
export function openNames(): SystemNames {
  return new SystemNames();
}
