import {
  addressFamily,
  type Change,
  describeChange,
  formatNetmask,
  formatSchedulerFlags,
  formatServerId,
  formatServiceId,
  type ListedServer,
  type ListedService,
  type RealServer,
  requestedForward,
  serviceFamily,
  type SyncDaemon,
  type Timeouts,
  type Traffic,
  type VirtualService,
} from "../../core/model/mod.ts";
import type { Io } from "../context/io.ts";

/** A value that JSON can hold. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json | undefined };

/** Prints a value as indented JSON. */
export function printJson(io: Io, value: Json): void {
  io.out(`${JSON.stringify(value, null, 2)}\n`);
}

/** A virtual service, with the keys of the configuration file. */
export function serviceJson(service: VirtualService): { readonly [key: string]: Json } {
  const { id, persistence } = service;
  return {
    service: formatServiceId(id),
    scheduler: service.scheduler,
    scheduler_flags: formatSchedulerFlags(service.scheduler, service.schedulerFlags),
    persistence: persistence === undefined ? null : {
      timeout_seconds: persistence.timeoutSeconds,
      netmask: formatNetmask(serviceFamily(id), persistence.netmask),
      engine: persistence.engine ?? null,
    },
    one_packet: service.onePacket,
  };
}

/** A real server, with the keys of the configuration file. */
export function serverJson(server: RealServer): { readonly [key: string]: Json } {
  return {
    address: formatServerId(server),
    family: addressFamily(server.address),
    forward: server.forward,
    weight: server.weight,
    upper_threshold: server.upperThreshold,
    lower_threshold: server.lowerThreshold,
    tunnel: server.forward === "tun" ? { ...server.tunnel } : null,
  };
}

/** A service with its servers and their traffic. */
export function listedServiceJson(entry: ListedService): { readonly [key: string]: Json } {
  return {
    ...serviceJson(entry.service),
    counters: trafficJson(entry.statistics.counters),
    rates: trafficJson(entry.statistics.rates),
    servers: entry.servers.map(listedServerJson),
  };
}

function listedServerJson(server: ListedServer): Json {
  return {
    ...serverJson(server),
    active_connections: server.activeConnections,
    inactive_connections: server.inactiveConnections,
    persistent_connections: server.persistentConnections,
    counters: trafficJson(server.statistics.counters),
    rates: trafficJson(server.statistics.rates),
  };
}

/** Counts as numbers up to 2^53, and as strings of digits above, where a number would lose digits. */
function trafficJson(traffic: Traffic): Json {
  const exact = (value: bigint): Json => value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : String(value);
  return {
    connections: exact(traffic.connections),
    in_packets: exact(traffic.inPackets),
    out_packets: exact(traffic.outPackets),
    in_bytes: exact(traffic.inBytes),
    out_bytes: exact(traffic.outBytes),
  };
}

/** The kernel's timeouts. */
export function timeoutsJson(timeouts: Timeouts): Json {
  return {
    tcp_seconds: timeouts.tcpSeconds,
    tcp_fin_seconds: timeouts.tcpFinSeconds,
    udp_seconds: timeouts.udpSeconds,
  };
}

/** A sync daemon, with the keys of the configuration file. */
export function syncDaemonJson(daemon: SyncDaemon): Json {
  return {
    role: daemon.role,
    interface: daemon.interface,
    sync_id: daemon.syncId,
    max_length: daemon.maxLength ?? null,
    group: daemon.group ?? null,
    port: daemon.port ?? null,
    ttl: daemon.ttl ?? null,
  };
}

/** A change with the settings that it makes. */
export function changeJson(change: Change): { readonly [key: string]: Json | undefined } {
  const { verb, object } = describeChange(change);
  const sets = "server" in change && change.operation !== "deleteServer"
    ? serverJson({ ...change.server, forward: requestedForward(change.server.forward) })
    : "service" in change
    ? serviceJson(change.service)
    : change.operation === "setTimeouts"
    ? timeoutsJson(change.timeouts)
    : change.operation === "startSyncDaemon"
    ? syncDaemonJson(change.daemon)
    : undefined;
  return { operation: change.operation, description: `${verb} ${object}`.trim(), object, sets };
}
