import { readKernelFile } from "../../files/mod.ts";

/** Most probes at the same time if the limit of file descriptors is unknown. */
export const DEFAULT_CONCURRENCY = 512;

/** File descriptors for the rest of the program: netlink, the control socket, files, commands. */
const RESERVED_DESCRIPTORS = 128;

/** Most probes at the same time, whatever the limit: about the number of local ports. */
const MAX_CONCURRENCY = 20_000;

/**
 * The number of probes that can run at the same time: each takes a file descriptor.
 *
 * @param limits Content of `/proc/self/limits`; the runtime raises the soft limit to the hard one when it starts.
 */
export function capacityWithin(limits: string): number {
  const soft = /^Max open files\s+(\d+|unlimited)\s/m.exec(limits)?.[1];
  if (soft === undefined) return DEFAULT_CONCURRENCY;
  const descriptors = soft === "unlimited" ? Infinity : Number(soft);
  return Math.max(Math.min(descriptors - RESERVED_DESCRIPTORS, MAX_CONCURRENCY), Math.min(descriptors >> 1, 64), 1);
}

/** The number of probes that this process can run at the same time. */
export function probeCapacity(): number {
  try {
    return capacityWithin(readKernelFile("/proc/self/limits"));
  } catch {
    return DEFAULT_CONCURRENCY;
  }
}
