import type { Change, KernelState, RealServer, ServiceId, SyncDaemon, Timeouts, VirtualService } from "../model/mod.ts";
import type { LvsctlError } from "../errors/mod.ts";
import { formatServiceId } from "../model/mod.ts";

/** What reconciling needs of the kernel; `IpvsClient` has it, and so has a test's double. */
export interface Kernel {
  /** All services, without their servers. */
  services(): VirtualService[];
  /** The servers of a service. */
  servers(id: ServiceId): RealServer[];
  /** The timeouts. */
  getTimeouts(): Timeouts;
  /** The running sync daemons. */
  syncDaemons(): SyncDaemon[];
  /** Makes changes in order and gives the errors of those that failed, by index. */
  execute(
    changes: readonly Change[],
    options?: { readonly stopOnError?: boolean },
  ): ReadonlyMap<number, LvsctlError>;
}

/**
 * The kernel's state, as far as it is needed.
 *
 * @param kernel The kernel.
 * @param only Names of the services whose servers are wanted; the others are left out. Everything without it.
 */
export function readKernel(kernel: Kernel, only?: ReadonlySet<string>): KernelState {
  const services = kernel.services();
  const wanted = only === undefined ? services : services.filter(({ id }) => only.has(formatServiceId(id)));
  return {
    timeouts: kernel.getTimeouts(),
    syncDaemons: kernel.syncDaemons(),
    services: wanted.map((service) => ({ service, servers: kernel.servers(service.id) })),
  };
}
