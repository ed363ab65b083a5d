import { formatServiceId, type RealServer, type ServiceId } from "../model/mod.ts";
import type { DrainKernel, Kernel } from "../reconcile/mod.ts";

/** The kernel, as health is followed in it; where it does not count connections, servers are drained by time alone. */
export type HealthKernel = Kernel & Partial<Pick<DrainKernel, "countedServers">>;

/** Reads the servers of a service when they are asked for; what services there are is read at once. */
export function currentServers(kernel: Kernel): (id: ServiceId) => readonly RealServer[] | undefined {
  const existing = new Set(kernel.services().map(({ id }) => formatServiceId(id)));
  return (id) => existing.has(formatServiceId(id)) ? kernel.servers(id) : undefined;
}
