/**
 * The memory of a process that runs for months.
 *
 * @module
 */

import { readKernelFile } from "../files/mod.ts";
import type { Clock } from "../time/mod.ts";
import { releaseStartMemory } from "../ffi/mod.ts";

/** A start is over by then, with the first checks of all servers; milliseconds. */
const START_MS = 10_000;

/** Frees the memory that the start of this process has used, once the start is over; `using` cancels it. */
export function releaseStartMemoryLater(clock: Clock): Disposable {
  return clock.setTimer(() => {
    try {
      releaseStartMemory(readKernelFile("/proc/self/maps"));
    } catch (error) {
      // Only memory is lost, where /proc is hidden for example. A bug is not hidden.
      if (error instanceof TypeError) throw error;
    }
  }, START_MS);
}
