import {
  type CountedServer,
  formatServiceId,
  type RealServer,
  type ServiceId,
  type VirtualService,
} from "../model/mod.ts";
import type { DrainKernel, Kernel } from "../reconcile/mod.ts";

/** The kernel that follows health; if it does not count connections, only time ends draining. */
export type HealthKernel = Kernel & Partial<Pick<DrainKernel, "countedServers">>;

/** The part of the kernel that decisions read: the kernel itself, or an earlier reading of it. */
export interface TableReader {
  /** All services, without their servers. */
  services(): readonly VirtualService[];
  /** The servers of a service. */
  servers(id: ServiceId): readonly RealServer[];
  /** The servers of a service with their connections. */
  countedServers?(id: ServiceId): readonly CountedServer[];
}

/** Reads the list of services at once, and the servers of each service when called; none if the service is absent. */
export function currentServers(kernel: TableReader): (id: ServiceId) => readonly RealServer[] {
  const existing = new Set(kernel.services().map(({ id }) => formatServiceId(id)));
  return (id) => existing.has(formatServiceId(id)) ? kernel.servers(id) : [];
}
