import {
  type Change,
  formatDuration,
  formatNetmask,
  formatSchedulerFlags,
  formatServerId,
  formatServiceId,
  formatVip,
  fullNetmask,
  type KernelState,
  type RealServer,
  requestedForward,
  type ServerId,
  type ServiceEntry,
  serviceFamily,
  type ServiceId,
  type SyncDaemon,
  type Vip,
  type VipChange,
  type VirtualService,
} from "../model/mod.ts";

/** A value in the words of the configuration file. */
export type DisplayedValue = string | number | boolean;

/** One difference between the kernel and the wanted state. */
export interface Difference {
  /** Its place: "tcp://192.0.2.10:80/10.0.0.11:80/weight"; without the last part for a whole object. */
  readonly path: string;
  /** The last part of the place: "weight", "tunnel/type"; "" for a whole object. */
  readonly field: string;
  /** The kernel's value; undefined if it has none, true for a whole object. */
  readonly current: DisplayedValue | undefined;
  /** The wanted value; undefined if the object must be deleted, true for a whole object. */
  readonly wanted: DisplayedValue | undefined;
}

/** A difference in words: "tcp://192.0.2.10:80/10.0.0.11:80/weight: 3, not 1". */
export function formatDifference({ path, current, wanted }: Difference): string {
  if (current === undefined) return `${path}: missing`;
  if (wanted === undefined) return `${path}: not wanted`;
  return `${path}: ${current}, not ${wanted}`;
}

/** The kernel's state, to compare changes with. */
export class CurrentState {
  readonly #state: KernelState;
  #entries: ReadonlyMap<string, ServiceEntry> | undefined;

  /**
   * Indexes nothing yet.
   *
   * @param state The kernel's state.
   */
  constructor(state: KernelState) {
    this.#state = state;
  }

  /** The differences that a change removes; at least one. */
  differences(change: Change): Difference[] {
    switch (change.operation) {
      case "addService":
        return [{
          path: formatServiceId(change.service.id),
          field: "",
          current: undefined,
          wanted: change.service.scheduler,
        }];
      case "editService": {
        const found = this.#entry(change.service.id)?.service;
        return fields(formatServiceId(change.service.id), {
          current: found === undefined ? {} : serviceFields(found),
          wanted: serviceFields(change.service),
        });
      }
      case "deleteService":
        return [this.#unwanted(formatServiceId(change.id))];
      case "addServer":
        return [{ path: serverPath(change), field: "", current: undefined, wanted: true }];
      case "editServer": {
        const found = this.#server(change.id, change.server);
        return fields(serverPath(change), {
          current: found === undefined ? {} : serverFields(found, change.server),
          wanted: serverFields(change.server),
        });
      }
      case "deleteServer":
        return [this.#unwanted(serverPath(change))];
      case "setTimeouts": {
        const wanted = Object.entries(timeoutFields(change.timeouts)).filter(([, seconds]) => seconds !== "0s");
        return fields("timeouts", {
          current: timeoutFields(this.#state.timeouts),
          wanted: Object.fromEntries(wanted),
        });
      }
      case "startSyncDaemon": {
        const { daemon } = change;
        const path = `sync_daemons/${daemon.role}`;
        const found = this.#state.syncDaemons.find(({ role }) => role === daemon.role);
        if (found === undefined) return [{ path, field: "", current: undefined, wanted: true }];
        return fields(path, { current: daemonFields(found), wanted: daemonFields(daemon) });
      }
      case "stopSyncDaemon":
        return [this.#unwanted(`sync_daemons/${change.role}`)];
      case "zero":
      case "flush":
        return [];
    }
  }

  /** The kernel's server. */
  #server(id: ServiceId, { address, port }: ServerId): RealServer | undefined {
    return this.#entry(id)?.servers.find((server) => server.address === address && server.port === port);
  }

  #entry(id: ServiceId): ServiceEntry | undefined {
    this.#entries ??= new Map(this.#state.services.map((entry) => [formatServiceId(entry.service.id), entry]));
    return this.#entries.get(formatServiceId(id));
  }

  #unwanted(path: string): Difference {
    return { path, field: "", current: true, wanted: undefined };
  }
}

/** The differences that a change of an address removes. */
export function vipDifferences(change: VipChange): Difference[] {
  const path = `vips/${formatVip(change.vip)}`;
  switch (change.operation) {
    case "addVip":
      return [{ path, field: "", current: undefined, wanted: true }];
    case "deleteVip":
      return [{ path, field: "", current: true, wanted: undefined }];
    case "editVip":
      return fields(path, { current: vipFields(change.from), wanted: vipFields(change.vip) });
  }
}

function vipFields({ prefixLength, label = "none", scope, dad, prefixRoute }: Vip): Fields {
  return { prefix_length: prefixLength, label, scope, dad, prefix_route: prefixRoute };
}

type Fields = Readonly<Record<string, DisplayedValue>>;

function fields(path: string, of: { readonly current: Fields; readonly wanted: Fields }): Difference[] {
  return Object.entries(of.wanted).flatMap(([name, wanted]) => {
    const current = of.current[name];
    return current === wanted ? [] : [{ path: `${path}/${name}`, field: name, current, wanted }];
  });
}

function serverPath(change: { readonly id: ServiceId; readonly server: ServerId }): string {
  return `${formatServiceId(change.id)}/${formatServerId(change.server)}`;
}

/** The editable values of a server. A current `local` equals any method, and a wanted one is sent to the kernel as `dr`. */
function serverFields(server: RealServer, wanted: RealServer = server): Fields {
  const forward = server.forward === "local" ? requestedForward(wanted.forward) : server.forward;
  const isTunnel = server.forward === "tun";
  return {
    forward,
    weight: server.weight,
    upper_threshold: server.upperThreshold,
    lower_threshold: server.lowerThreshold,
    ...(isTunnel
      ? {
        "tunnel/type": server.tunnel.type,
        "tunnel/port": server.tunnel.port,
        "tunnel/checksum": server.tunnel.checksum,
      }
      : {}),
  };
}

function serviceFields({ id, scheduler, schedulerFlags, persistence, onePacket }: VirtualService): Fields {
  const family = serviceFamily(id);
  return {
    scheduler,
    scheduler_flags: `[${formatSchedulerFlags(scheduler, schedulerFlags).join(", ")}]`,
    "persistence/timeout": persistence === undefined ? "none" : formatDuration(persistence.timeoutSeconds * 1000),
    "persistence/netmask": formatNetmask(family, persistence?.netmask ?? fullNetmask(family)),
    "persistence/engine": persistence?.engine ?? "none",
    one_packet: onePacket,
  };
}

function daemonFields(daemon: SyncDaemon): Fields {
  const { interface: device, syncId, maxLength, group, port, ttl } = daemon;
  const values = { interface: device, "sync_id": syncId, "max_length": maxLength, group, port, ttl };
  return Object.fromEntries(
    Object.entries(values).flatMap(([name, value]) => value === undefined ? [] : [[name, value] as const]),
  );
}

function timeoutFields(
  { tcpSeconds, tcpFinSeconds, udpSeconds }: KernelState["timeouts"],
): Fields {
  const text = (seconds: number): string => seconds === 0 ? "0s" : formatDuration(seconds * 1000);
  return { tcp: text(tcpSeconds), tcp_fin: text(tcpFinSeconds), udp: text(udpSeconds) };
}
