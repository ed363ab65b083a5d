import type { LvsctlError } from "../errors/mod.ts";
import {
  type Change,
  formatServiceId,
  type RealServer,
  type ServiceId,
  type SyncDaemon,
  type Timeouts,
  type VirtualService,
} from "../model/mod.ts";
import type { HealthKernel } from "./kernel.ts";

/**
 * The kernel, whose services and servers are read once each and kept: for a report or a comparison that needs them several
 * times. A table of thousands of services takes a request for each of them.
 */
export class SingleReading implements HealthKernel {
  readonly #kernel: HealthKernel;
  readonly #servers = new Map<string, RealServer[]>();
  #services: VirtualService[] | undefined;
  /** The servers of a service with their connections, which are always read. */
  readonly countedServers?: NonNullable<HealthKernel["countedServers"]>;

  /** Reads nothing yet. */
  constructor(kernel: HealthKernel) {
    this.#kernel = kernel;
    if (kernel.countedServers !== undefined) this.countedServers = (id) => kernel.countedServers?.(id) ?? [];
  }

  /** All services, without their servers. */
  services(): VirtualService[] {
    return this.#services ??= this.#kernel.services();
  }

  /** The servers of a service. */
  servers(id: ServiceId): RealServer[] {
    const name = formatServiceId(id);
    let servers = this.#servers.get(name);
    if (servers === undefined) {
      servers = this.#kernel.servers(id);
      this.#servers.set(name, servers);
    }
    return servers;
  }

  /** The timeouts. */
  getTimeouts(): Timeouts {
    return this.#kernel.getTimeouts();
  }

  /** The running sync daemons. */
  syncDaemons(): SyncDaemon[] {
    return this.#kernel.syncDaemons();
  }

  /**
   * A reading changes nothing.
   *
   * @throws {TypeError} Always.
   */
  execute(_changes: readonly Change[]): ReadonlyMap<number, LvsctlError> {
    throw new TypeError("A reading of the table cannot change it");
  }
}
