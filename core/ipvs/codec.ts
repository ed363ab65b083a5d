import {
  addressBytes,
  type AddressFamily,
  addressFamily,
  addressFromBytes,
  type CountedServer,
  DEFAULT_TUNNEL,
  defined,
  type ForwardingMethod,
  fullNetmask,
  type IpAddress,
  ipv4Value,
  type RealServer,
  type ServerId,
  serviceFamily,
  type ServiceId,
  type SyncDaemon,
  type Tunnel,
  type VirtualService,
} from "../model/mod.ts";
import { type AttributeValues, type MessageWriter, NetlinkDecodeError } from "../netlink/mod.ts";
import {
  AF_INET,
  AF_INET6,
  IP_VS_CONN_F,
  IP_VS_CONN_F_FWD_MASK,
  IP_VS_STATE,
  IP_VS_SVC_F_ONEPACKET,
  IP_VS_SVC_F_PERSISTENT,
  IP_VS_SVC_F_SCHED_SHIFT,
  IP_VS_TUNNEL_FLAG,
  IP_VS_TUNNEL_TYPE,
  IPPROTO,
} from "./constants.ts";
import { type DAEMON, type DEST_COUNTED, DEST_SETTINGS, SERVICE_SETTINGS } from "./tables.ts";

/** The mask of an edit's flags: all bits, so that a flag can be cleared as well as set. */
const ALL_FLAGS = 0xffffffff;

/**
 * The forwarding methods as they are requested. `local` is the kernel's own finding about an address of this machine:
 * requested for an address elsewhere it would discard the packets, while `dr` becomes `local` again where it applies.
 */
const REQUESTED_FORWARD = { ...IP_VS_CONN_F, local: IP_VS_CONN_F.dr } as const;

/** Attributes that name a service. */
function serviceKeyValues(id: ServiceId): AttributeValues<typeof SERVICE_SETTINGS> {
  const family = familyNumber(serviceFamily(id));
  if (id.kind === "fwmark") return { family, mark: id.mark };
  return { family, protocol: IPPROTO[id.protocol], address: addressBytes(id.address), port: id.port };
}

/**
 * Writes what {@linkcode serviceKeyValues} has, without an object for it: a table is read by a request for each of its
 * services, and each server of a batch has the key.
 */
export function writeServiceKey(writer: MessageWriter, id: ServiceId): void {
  writer.u16(SERVICE_SETTINGS.family.type, familyNumber(serviceFamily(id)));
  if (id.kind === "fwmark") return writer.u32(SERVICE_SETTINGS.mark.type, id.mark);
  writer.u16(SERVICE_SETTINGS.protocol.type, IPPROTO[id.protocol]);
  writeAddress(writer, SERVICE_SETTINGS.address, id.address);
  writer.be16(SERVICE_SETTINGS.port.type, id.port);
}

/** Writes what identifies a server of a service. */
export function writeServerEndpoint(writer: MessageWriter, { address, port }: ServerId): void {
  writeAddress(writer, DEST_SETTINGS.address, address);
  writer.be16(DEST_SETTINGS.port.type, port);
}

function writeAddress(
  writer: MessageWriter,
  { type, length }: { readonly type: number; readonly length: number },
  address: IpAddress,
): void {
  const value = ipv4Value(address);
  if (value === undefined) writer.binary(type, addressBytes(address), length);
  else writer.ipv4(type, value, length);
}

/** All attributes of a service. */
export function serviceValues(service: VirtualService): AttributeValues<typeof SERVICE_SETTINGS> {
  const { id, persistence } = service;
  const flags = (persistence === undefined ? 0 : IP_VS_SVC_F_PERSISTENT) |
    (service.onePacket ? IP_VS_SVC_F_ONEPACKET : 0) | (service.schedulerFlags << IP_VS_SVC_F_SCHED_SHIFT);
  const family = serviceFamily(id);
  const values = serviceKeyValues(id);
  values.scheduler = service.scheduler;
  values.flags = [flags, ALL_FLAGS];
  values.timeout = persistence?.timeoutSeconds ?? 0;
  values.netmask = netmaskBytes(family, persistence?.netmask ?? fullNetmask(family));
  const engine = persistence === undefined ? service.idleEngine : persistence.engine;
  if (engine !== undefined) values.engine = engine;
  return values;
}

/**
 * Reads a service.
 *
 * @throws {NetlinkDecodeError} If an attribute is missing or has an unknown value.
 */
export function readService(values: AttributeValues<typeof SERVICE_SETTINGS>): VirtualService {
  const id = readServiceId(values);
  const family = serviceFamily(id);
  const flags = required(values.flags, "flags")[0];
  const netmask = required(values.netmask, "netmask");
  const engine = values.engine === "" ? undefined : values.engine;
  // Written out, because spreading is slower in cold code, which reads tables of thousands of services.
  const scheduler = required(values.scheduler, "scheduler");
  const schedulerFlags = (flags >>> IP_VS_SVC_F_SCHED_SHIFT) & 7;
  const onePacket = (flags & IP_VS_SVC_F_ONEPACKET) !== 0;
  if ((flags & IP_VS_SVC_F_PERSISTENT) === 0) {
    if (engine === undefined) return { id, scheduler, schedulerFlags, onePacket };
    return { id, scheduler, schedulerFlags, onePacket, idleEngine: engine };
  }
  const timeoutSeconds = required(values.timeout, "timeout");
  const mask = readNetmask(netmask, family);
  const persistence = engine === undefined
    ? { timeoutSeconds, netmask: mask }
    : { timeoutSeconds, netmask: mask, engine };
  return { id, scheduler, schedulerFlags, onePacket, persistence };
}

/** An IPv4 netmask is in network byte order, an IPv6 prefix length in host byte order. */
function readNetmask(bytes: Uint8Array, family: AddressFamily): number {
  return new DataView(bytes.buffer, bytes.byteOffset, 4).getUint32(0, family === "ipv6");
}

function readServiceId(values: AttributeValues<typeof SERVICE_SETTINGS>): ServiceId {
  const family = familyName(required(values.family, "family"));
  if (values.mark !== undefined && values.mark !== 0) return { kind: "fwmark", family, mark: values.mark };
  return {
    kind: "endpoint",
    protocol: nameOf(PROTOCOL_NAMES, required(values.protocol, "protocol"), "protocol"),
    address: readAddress(required(values.address, "address"), family),
    port: required(values.port, "port"),
  };
}

/** Attributes that name a server within its service. */
export function serverKeyValues(id: ServerId): AttributeValues<typeof DEST_SETTINGS> {
  return { address: addressBytes(id.address), port: id.port, family: familyNumber(addressFamily(id.address)) };
}

/** All attributes of a server. */
export function serverValues(server: RealServer): AttributeValues<typeof DEST_SETTINGS> {
  const { address, port } = server;
  return { address: addressBytes(address), port, ...serverSettingsValues(server) };
}

/** The part of {@linkcode serverValues} that many servers share: see {@linkcode haveSameSettings}. */
export function serverSettingsValues(server: RealServer): AttributeValues<typeof DEST_SETTINGS> {
  return {
    family: familyNumber(addressFamily(server.address)),
    forward: REQUESTED_FORWARD[server.forward],
    weight: server.weight,
    upperThreshold: server.upperThreshold,
    lowerThreshold: server.lowerThreshold,
    tunnelType: IP_VS_TUNNEL_TYPE[server.tunnel.type],
    tunnelPort: server.tunnel.port,
    tunnelFlags: IP_VS_TUNNEL_FLAG[server.tunnel.checksum],
  };
}

/** Whether two servers of one family differ in address and port only. */
export function haveSameSettings(a: RealServer, b: RealServer): boolean {
  return a.forward === b.forward && a.weight === b.weight && a.upperThreshold === b.upperThreshold &&
    a.lowerThreshold === b.lowerThreshold && addressFamily(a.address) === addressFamily(b.address) &&
    (a.tunnel === b.tunnel ||
      (a.tunnel.type === b.tunnel.type && a.tunnel.port === b.tunnel.port && a.tunnel.checksum === b.tunnel.checksum));
}

/**
 * Reads a server.
 *
 * @param values Its attributes.
 * @param family Family of its service, for kernels that do not report the server's.
 * @throws {NetlinkDecodeError} If an attribute is missing or has an unknown value.
 */
export function readServer(values: AttributeValues<typeof DEST_SETTINGS>, family: AddressFamily): RealServer {
  const forward = readForward(values);
  return {
    address: readServerAddress(values, family),
    port: required(values.port, "port"),
    forward,
    weight: required(values.weight, "weight"),
    upperThreshold: required(values.upperThreshold, "upperThreshold"),
    lowerThreshold: required(values.lowerThreshold, "lowerThreshold"),
    tunnel: readTunnel(values, forward),
  };
}

/**
 * Reads a server with its connections.
 *
 * @param values Its attributes.
 * @param family Family of its service.
 * @throws {NetlinkDecodeError} As {@linkcode readServer}.
 */
export function readCountedServer(
  values: AttributeValues<typeof DEST_COUNTED>,
  family: AddressFamily,
): CountedServer {
  const forward = readForward(values);
  // Repeats readServer() on purpose: a spread is slower in cold code, which reads tables of many thousand servers.
  return {
    address: readServerAddress(values, family),
    port: required(values.port, "port"),
    forward,
    weight: required(values.weight, "weight"),
    upperThreshold: required(values.upperThreshold, "upperThreshold"),
    lowerThreshold: required(values.lowerThreshold, "lowerThreshold"),
    tunnel: readTunnel(values, forward),
    activeConnections: values.activeConnections ?? 0,
    inactiveConnections: values.inactiveConnections ?? 0,
    persistentConnections: values.persistentConnections ?? 0,
  };
}

function readServerAddress(values: AttributeValues<typeof DEST_SETTINGS>, family: AddressFamily): IpAddress {
  const serverFamily = values.family === undefined ? family : familyName(values.family);
  return readAddress(required(values.address, "address"), serverFamily);
}

function readForward({ forward }: AttributeValues<typeof DEST_SETTINGS>): ForwardingMethod {
  return nameOf(FORWARD_NAMES, required(forward, "forward") & IP_VS_CONN_F_FWD_MASK, "forwarding method");
}

function readTunnel(values: AttributeValues<typeof DEST_SETTINGS>, forward: ForwardingMethod): Tunnel {
  // The kernel also stores tunnel settings of the other methods, where they have no meaning.
  if (forward !== "tun" || values.tunnelType === undefined) return DEFAULT_TUNNEL;
  return {
    type: nameOf(TUNNEL_TYPE_NAMES, values.tunnelType, "tunnel type"),
    port: values.tunnelPort ?? 0,
    checksum: nameOf(TUNNEL_FLAG_NAMES, values.tunnelFlags ?? 0, "tunnel checksum option"),
  };
}

/** All attributes of a sync daemon. */
export function daemonValues(daemon: SyncDaemon): AttributeValues<typeof DAEMON> {
  const values: AttributeValues<typeof DAEMON> = {
    state: IP_VS_STATE[daemon.role],
    interface: daemon.interface,
    syncId: daemon.syncId,
  };
  if (daemon.maxLength !== undefined) values.maxLength = daemon.maxLength;
  if (daemon.port !== undefined) values.port = daemon.port;
  if (daemon.ttl !== undefined) values.ttl = daemon.ttl;
  if (daemon.group !== undefined) {
    const bytes = addressBytes(daemon.group);
    if (bytes.length === 4) values.group = bytes;
    else values.group6 = bytes;
  }
  return values;
}

/**
 * Reads a sync daemon.
 *
 * @throws {NetlinkDecodeError} If an attribute is missing or has an unknown value.
 */
export function readDaemon(values: AttributeValues<typeof DAEMON>): SyncDaemon {
  const group = values.group ?? values.group6;
  return defined({
    role: nameOf(STATE_NAMES, required(values.state, "state"), "sync daemon state"),
    interface: required(values.interface, "interface"),
    syncId: required(values.syncId, "syncId"),
    maxLength: unlessZero(values.maxLength),
    group: group === undefined ? undefined : addressFromBytes(group),
    port: unlessZero(values.port),
    ttl: unlessZero(values.ttl),
  });
}

/** The kernel reports a default as 0. */
function unlessZero(value: number | undefined): number | undefined {
  return value === 0 ? undefined : value;
}

function familyNumber(family: AddressFamily): number {
  return family === "ipv4" ? AF_INET : AF_INET6;
}

function familyName(family: number): AddressFamily {
  if (family === AF_INET) return "ipv4";
  if (family === AF_INET6) return "ipv6";
  throw new NetlinkDecodeError(`unknown address family ${family}`);
}

function readAddress(bytes: Uint8Array, family: AddressFamily): IpAddress {
  return addressFromBytes(bytes, family === "ipv4" ? 4 : 16);
}

function netmaskBytes(family: AddressFamily, netmask: number): Uint8Array {
  const view = new DataView(new ArrayBuffer(4));
  view.setUint32(0, netmask, family === "ipv6");
  return new Uint8Array(view.buffer);
}

/** The inverse of a table of numbers. */
function byNumber<K extends string>(table: Readonly<Record<K, number>>): ReadonlyMap<number, K> {
  const names = new Map<number, K>();
  for (const name in table) if (Object.hasOwn(table, name)) names.set(table[name], name);
  return names;
}

const PROTOCOL_NAMES = byNumber(IPPROTO);
const FORWARD_NAMES = byNumber(IP_VS_CONN_F);
const TUNNEL_TYPE_NAMES = byNumber(IP_VS_TUNNEL_TYPE);
const TUNNEL_FLAG_NAMES = byNumber(IP_VS_TUNNEL_FLAG);
const STATE_NAMES = byNumber(IP_VS_STATE);

function nameOf<K extends string>(names: ReadonlyMap<number, K>, value: number, what: string): K {
  const name = names.get(value);
  if (name === undefined) throw new NetlinkDecodeError(`unknown ${what} ${value}`);
  return name;
}

function required<T>(value: T | undefined, name: string): T {
  if (value === undefined) throw new NetlinkDecodeError(`attribute ${name} is missing`);
  return value;
}
