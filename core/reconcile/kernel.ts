import {
  type Change,
  formatServiceId,
  type KernelState,
  type PresentVip,
  type RealServer,
  type ServiceEntry,
  type ServiceId,
  type SyncDaemon,
  type Timeouts,
  type VipChange,
  type VirtualService,
} from "../model/mod.ts";
import type { LvsctlError } from "../errors/mod.ts";

/** The kernel as reconciling needs it; `IpvsClient` is one, and so is a test's double. */
export interface Kernel {
  /** All services, without their servers. */
  services(): VirtualService[];
  /** The servers of a service. */
  servers(id: ServiceId): RealServer[];
  /** The timeouts. */
  getTimeouts(): Timeouts;
  /** The running sync daemons. */
  syncDaemons(): SyncDaemon[];
  /** Makes changes in order; returns the errors of those that failed, by index. */
  execute(
    changes: readonly Change[],
    options?: { readonly stopOnError?: boolean },
  ): ReadonlyMap<number, LvsctlError>;
}

/** The addresses of the interfaces as reconciling needs them; `VipClient` is one, and so is a test's double. */
export interface Addresses {
  /** All addresses. */
  vips(): PresentVip[];
  /** Makes changes in order; returns the errors of those that failed, by index. */
  execute(changes: readonly VipChange[]): ReadonlyMap<number, LvsctlError>;
}

/**
 * The kernel's state, or a part of it.
 *
 * @param kernel The kernel.
 * @param only Names of the services to read; all by default.
 */
export function readKernel(kernel: Kernel, only?: ReadonlySet<string>): KernelState {
  const state = readKernelOutline(kernel, only);
  return { ...state, services: state.services.map(({ service, servers }) => ({ service, servers })) };
}

/**
 * As {@linkcode readKernel}, but the servers of a service are read at each access and not kept: for comparing a large
 * table without holding it in memory.
 */
export function readKernelOutline(kernel: Kernel, only?: ReadonlySet<string>): KernelState {
  const services = kernel.services();
  const wanted = only === undefined ? services : services.filter(({ id }) => only.has(formatServiceId(id)));
  return {
    timeouts: kernel.getTimeouts(),
    syncDaemons: kernel.syncDaemons(),
    services: wanted.map((service) => new LazyEntry(kernel, service)),
  };
}

/** A service whose servers are read at each access. */
class LazyEntry implements ServiceEntry {
  readonly service: VirtualService;
  readonly #kernel: Kernel;

  constructor(kernel: Kernel, service: VirtualService) {
    this.#kernel = kernel;
    this.service = service;
  }

  get servers(): readonly RealServer[] {
    return this.#kernel.servers(this.service.id);
  }
}
