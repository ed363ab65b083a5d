import type { LvsctlError } from "../../../core/errors/mod.ts";
import { changeError, type IpvsClient } from "../../../core/ipvs/mod.ts";
import {
  type Change,
  formatServerId,
  formatServiceId,
  type RealServer,
  type ServiceId,
  type SyncDaemon,
  type Timeouts,
  type VirtualService,
} from "../../../core/model/mod.ts";
import { ERRNO } from "../../../core/netlink/mod.ts";
import type { Target } from "../../../core/reconcile/mod.ts";
import type { TableView } from "../../context/context.ts";

/** A service of a draft. */
interface DraftService {
  service: VirtualService;
  /** Its servers by name; undefined until they are needed. */
  servers: Map<string, RealServer> | undefined;
}

/** The kernel's table with changes that are not made yet: it answers what the kernel would answer after them. */
export class TableDraft implements TableView {
  readonly #kernel: IpvsClient;
  readonly #services: Map<string, DraftService>;
  readonly #changed = new Set<string>();
  #timeouts: Timeouts | undefined;
  #daemons: SyncDaemon[] | undefined;

  /** Starts with the kernel's services; everything else is read when it is needed. */
  constructor(kernel: IpvsClient) {
    this.#kernel = kernel;
    const entries = kernel.services().map((service): [string, DraftService] => [
      formatServiceId(service.id),
      { service, servers: undefined },
    ]);
    this.#services = new Map(entries);
  }

  /** A service; undefined if it does not exist. */
  getService(id: ServiceId): VirtualService | undefined {
    return this.#services.get(formatServiceId(id))?.service;
  }

  /** All services. */
  services(): VirtualService[] {
    return [...this.#services.values()].map(({ service }) => service);
  }

  /** The servers of a service; none if it does not exist. */
  servers(id: ServiceId): RealServer[] {
    const found = this.#services.get(formatServiceId(id));
    return found === undefined ? [] : [...this.#serversOf(found).values()];
  }

  /** The sync daemons. */
  syncDaemons(): SyncDaemon[] {
    return this.#daemons ?? this.#kernel.syncDaemons();
  }

  /** The timeouts. */
  getTimeouts(): Timeouts {
    return this.#timeouts ?? this.#kernel.getTimeouts();
  }

  /** Makes a change in the draft; returns the kernel's error if it would refuse it, as far as the table decides that. */
  apply(change: Change): LvsctlError | undefined {
    const errno = this.#apply(change);
    return errno === undefined ? undefined : changeError(change, errno);
  }

  /** The state that the draft leads to: of the services and settings that its changes concern. */
  target(): Target {
    const services = [...this.#changed].flatMap((name) => this.#services.get(name) ?? []);
    return {
      services: services.map((each) => ({ service: each.service, servers: [...this.#serversOf(each).values()] })),
      exact: true,
      within: this.#changed,
      timeouts: this.#timeouts,
      syncDaemons: this.#daemons,
    };
  }

  #apply(change: Change): number | undefined {
    switch (change.operation) {
      case "addService":
      case "editService":
      case "deleteService":
        return this.#applyToService(change);
      case "addServer":
      case "editServer":
      case "deleteServer":
        return this.#applyToServer(change);
      case "startSyncDaemon":
      case "stopSyncDaemon":
        return this.#applyToDaemon(change);
      case "setTimeouts": {
        const current = this.getTimeouts();
        const { tcpSeconds, tcpFinSeconds, udpSeconds } = change.timeouts;
        this.#timeouts = {
          tcpSeconds: tcpSeconds || current.tcpSeconds,
          tcpFinSeconds: tcpFinSeconds || current.tcpFinSeconds,
          udpSeconds: udpSeconds || current.udpSeconds,
        };
        return undefined;
      }
      case "flush":
        for (const name of this.#services.keys()) this.#changed.add(name);
        this.#services.clear();
        return undefined;
      case "zero":
        return ERRNO.EOPNOTSUPP;
    }
  }

  #applyToService(
    change: Change & { readonly operation: "addService" | "editService" | "deleteService" },
  ): number | undefined {
    const name = formatServiceId(change.operation === "deleteService" ? change.id : change.service.id);
    const found = this.#services.get(name);
    if (change.operation === "addService") {
      if (found !== undefined) return ERRNO.EEXIST;
      // A deleted service that is added again starts without its servers.
      this.#services.set(name, { service: change.service, servers: new Map() });
    } else {
      if (found === undefined) return ERRNO.ESRCH;
      if (change.operation === "deleteService") this.#services.delete(name);
      else found.service = change.service;
    }
    this.#changed.add(name);
    return undefined;
  }

  #applyToServer(
    change: Change & { readonly operation: "addServer" | "editServer" | "deleteServer" },
  ): number | undefined {
    const name = formatServiceId(change.id);
    const found = this.#services.get(name);
    if (found === undefined) return ERRNO.ESRCH;
    const servers = this.#serversOf(found);
    const server = formatServerId(change.server);
    if (change.operation === "addServer" && servers.has(server)) return ERRNO.EEXIST;
    if (change.operation !== "addServer" && !servers.has(server)) return ERRNO.ENOENT;
    if (change.operation === "deleteServer") servers.delete(server);
    else servers.set(server, change.server);
    this.#changed.add(name);
    return undefined;
  }

  #applyToDaemon(change: Change & { readonly operation: "startSyncDaemon" | "stopSyncDaemon" }): number | undefined {
    const daemons = this.syncDaemons();
    const role = change.operation === "startSyncDaemon" ? change.daemon.role : change.role;
    const runs = daemons.some((daemon) => daemon.role === role);
    if (change.operation === "startSyncDaemon") {
      if (runs) return ERRNO.EEXIST;
      this.#daemons = [...daemons, change.daemon];
    } else {
      if (!runs) return ERRNO.ESRCH;
      this.#daemons = daemons.filter((daemon) => daemon.role !== role);
    }
    return undefined;
  }

  #serversOf(entry: DraftService): Map<string, RealServer> {
    entry.servers ??= new Map(this.#kernel.servers(entry.service.id).map((server) => [formatServerId(server), server]));
    return entry.servers;
  }
}
