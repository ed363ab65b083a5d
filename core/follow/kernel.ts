import { formatServiceId, type RealServer, type ServiceId } from "../model/mod.ts";
import type { DrainKernel, Kernel } from "../reconcile/mod.ts";

/** The kernel that follows health; if it does not count connections, only time ends draining. */
export type HealthKernel = Kernel & Partial<Pick<DrainKernel, "countedServers">>;

/** Reads the list of services at once, and the servers of each service when called; none if the service is absent. */
export function currentServers(kernel: Kernel): (id: ServiceId) => readonly RealServer[] {
  const existing = new Set(kernel.services().map(({ id }) => formatServiceId(id)));
  return (id) => existing.has(formatServiceId(id)) ? kernel.servers(id) : [];
}
