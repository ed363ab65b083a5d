import type { KernelContext } from "./context.ts";
import type { Io } from "./io.ts";

/** The kernel's table on this machine; libnl is loaded only when a command opens it. */
export function kernelContext(io: Io): KernelContext {
  return { io, openIpvs: async () => (await import("../../core/system/ipvs.ts")).openIpvs() };
}
