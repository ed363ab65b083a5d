import { readKernelFile } from "../../core/files/mod.ts";
import type { ProcessUsage } from "../../core/metrics/mod.ts";

/** Clock ticks in a second, as the kernel reports processor time to programs on every architecture. */
const TICKS = 100;

/**
 * What this process uses, from the kernel's files about it; undefined if one cannot be read.
 *
 * @param read Reads a file below /proc/self.
 * @param countDescriptors Counts the open file descriptors.
 */
export function processUsage(
  read: (name: string) => string = (name) => readKernelFile(`/proc/self/${name}`),
  countDescriptors: () => number = () => [...Deno.readDirSync("/proc/self/fd")].length,
): ProcessUsage | undefined {
  try {
    // The name of the program, in parentheses, may have blanks and parentheses.
    const fields = read("stat").split(") ").at(-1)?.split(" ") ?? [];
    const [user, system] = [Number(fields[11]), Number(fields[12])];
    const kilobytes = Number(/^VmSize:\s+(\d+) kB$/m.exec(read("status"))?.[1]);
    const limit = /^Max open files\s+(\d+|unlimited)\s/m.exec(read("limits"))?.[1];
    const most = limit === "unlimited" ? Infinity : Number(limit);
    const usage = {
      cpuSeconds: (user + system) / TICKS,
      virtualBytes: kilobytes * 1024,
      descriptors: { open: countDescriptors(), most },
    };
    return Number.isNaN(usage.cpuSeconds + usage.virtualBytes + most) ? undefined : usage;
  } catch {
    return undefined;
  }
}
