/**
 * Opens files without waiting, for a process whose event loop must not stand still. No library is loaded before the first
 * call.
 *
 * @module
 */

import { FileCalls } from "../ffi/mod.ts";

export type { FileCalls };

/** Opens libc's calls on files; closed by `using`. */
export function openFileCalls(): FileCalls {
  return new FileCalls();
}
