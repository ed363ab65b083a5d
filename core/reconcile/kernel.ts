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

/** What reconciling needs of the interfaces' addresses; `VipClient` has it, and so has a test's double. */
export interface Addresses {
  /** All addresses. */
  vips(): PresentVip[];
  /** Makes changes in order and gives the errors of those that failed, by index. */
  execute(changes: readonly VipChange[]): ReadonlyMap<number, LvsctlError>;
}

/**
 * The kernel's state, as far as it is needed.
 *
 * @param kernel The kernel.
 * @param only Names of the services that are wanted; the others are left out. Everything without it.
 */
export function readKernel(kernel: Kernel, only?: ReadonlySet<string>): KernelState {
  const state = readKernelOutline(kernel, only);
  return { ...state, services: state.services.map(({ service, servers }) => ({ service, servers })) };
}

/**
 * As {@linkcode readKernel}, but the servers of a service are read only when they are looked at, and not kept: for
 * comparing a large table without holding it in memory. What is looked at twice is read twice.
 */
export function readKernelOutline(kernel: Kernel, only?: ReadonlySet<string>): KernelState {
  const services = kernel.services();
  const wanted = only === undefined ? services : services.filter(({ id }) => only.has(formatServiceId(id)));
  return {
    timeouts: kernel.getTimeouts(),
    syncDaemons: kernel.syncDaemons(),
    services: wanted.map((service) => new Glance(kernel, service)),
  };
}

/** A service whose servers are read when they are looked at. */
class Glance implements ServiceEntry {
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
