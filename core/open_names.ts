/**
 * Opens the system's host and service names, for those who want them: nothing is loaded before the first look-up.
 *
 * @module
 */

import { SystemNames } from "./ffi/names.ts";

export type { SystemNames };

/** Names as libc finds them. */
export function openNames(): SystemNames {
  return new SystemNames();
}
