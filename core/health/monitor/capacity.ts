/** Questions in flight at a time where nothing tells how many file descriptors there are. */
export const DEFAULT_CONCURRENCY = 512;

/** File descriptors that are left to the rest of the program: netlink, the control socket, files, commands. */
const RESERVED_DESCRIPTORS = 128;

/** More than this is not asked for at a time, whatever the limit: it is more than there are local ports. */
const MOST = 20_000;

/**
 * How many probes can be in flight at a time: each takes a file descriptor.
 *
 * @param limits What `/proc/self/limits` says. The runtime has raised the soft limit to the hard one when it started.
 */
export function capacityWithin(limits: string): number {
  const soft = /^Max open files\s+(\d+|unlimited)\s/m.exec(limits)?.[1];
  if (soft === undefined) return DEFAULT_CONCURRENCY;
  const descriptors = soft === "unlimited" ? Infinity : Number(soft);
  return Math.max(Math.min(descriptors - RESERVED_DESCRIPTORS, MOST), Math.min(descriptors >> 1, 64), 1);
}

/** How many probes this process can have in flight at a time. */
export function probeCapacity(): number {
  try {
    return capacityWithin(Deno.readTextFileSync("/proc/self/limits"));
  } catch {
    return DEFAULT_CONCURRENCY;
  }
}
