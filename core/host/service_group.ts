import { readKernelFile } from "../files/mod.ts";

/**
 * Whether the systemd service of this process has no other process at present, so that none of its commands runs.
 *
 * @param read Reads a file of the kernel.
 * @returns `undefined` if that is not known: outside of a service, or where control groups have version 1.
 */
export function isAloneInService(read: (path: string) => string = readKernelFile): boolean | undefined {
  try {
    const path = /^0::(\/.*\.service)$/m.exec(read("/proc/self/cgroup"))?.[1];
    if (path === undefined) return undefined;
    return read(`/sys/fs/cgroup${path}/cgroup.procs`).trim().split("\n").length === 1;
  } catch {
    return undefined;
  }
}
