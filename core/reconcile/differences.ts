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
  type ServerId,
  type ServiceEntry,
  serviceFamily,
  type ServiceId,
  type SyncDaemon,
  type Vip,
  type VipChange,
  type VirtualService,
} from "../model/mod.ts";

/** A value as it is told: by the words of the configuration file. */
export type DisplayedValue = string | number | boolean;

/** One thing in which the kernel differs from what is wanted. */
export interface Difference {
  /** Where: "tcp://192.0.2.10:80/10.0.0.11:80/weight"; of something as a whole, without the last part. */
  readonly path: string;
  /** The last part of that: "weight", "tunnel/type"; "" where it is about something as a whole. */
  readonly field: string;
  /** What the kernel has; undefined where it has nothing of the kind, and true for something as a whole. */
  readonly current: DisplayedValue | undefined;
  /** What is wanted; undefined where it is to go, and true for something as a whole. */
  readonly wanted: DisplayedValue | undefined;
}

/** A difference in words: "tcp://192.0.2.10:80/10.0.0.11:80/weight: 3, not 1". */
export function formatDifference({ path, current, wanted }: Difference): string {
  if (current === undefined) return `${path}: missing`;
  if (wanted === undefined) return `${path}: there, and not wanted`;
  return `${path}: ${current}, not ${wanted}`;
}

/** What the kernel has, to hold changes against. */
export class CurrentState {
  readonly #state: KernelState;
  #entries: ReadonlyMap<string, ServiceEntry> | undefined;

  /**
   * Looks at nothing yet.
   *
   * @param state What the kernel has.
   */
  constructor(state: KernelState) {
    this.#state = state;
  }

  /** In what the kernel differs from what a change would make of it; one at least. */
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

  /** A server as the kernel has it. */
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

/** In what an interface's addresses differ from what a change would make of them. */
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

/** What can be edited of a server, as it is told. `local` counts as whatever is wanted: the kernel chose it itself. */
function serverFields(server: RealServer, wanted: RealServer = server): Fields {
  const forward = server.forward === "local" ? wanted.forward : server.forward;
  const isTunnelTold = server.forward === "tun";
  return {
    forward,
    weight: server.weight,
    upper_threshold: server.upperThreshold,
    lower_threshold: server.lowerThreshold,
    ...(isTunnelTold
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
  const told = { interface: device, "sync_id": syncId, "max_length": maxLength, group, port, ttl };
  return Object.fromEntries(
    Object.entries(told).flatMap(([name, value]) => value === undefined ? [] : [[name, value] as const]),
  );
}

function timeoutFields(
  { tcpSeconds, tcpFinSeconds, udpSeconds }: KernelState["timeouts"],
): Fields {
  const told = (seconds: number): string => seconds === 0 ? "0s" : formatDuration(seconds * 1000);
  return { tcp: told(tcpSeconds), tcp_fin: told(tcpFinSeconds), udp: told(udpSeconds) };
}
