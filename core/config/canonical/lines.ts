import {
  type AddressFamily,
  addressFamily,
  DEFAULT_TUNNEL,
  formatDuration,
  formatNetmask,
  formatPrefix,
  formatSchedulerFlags,
  formatServerId,
  formatServiceId,
  type ForwardingMethod,
  fullNetmask,
  type Persistence,
  quoteYaml,
  type RealServer,
  type ServiceId,
  type SyncDaemon,
  type Timeouts,
  type Tunnel,
  type Vip,
  type VirtualService,
} from "../../model/mod.ts";
import { FORMAT_VERSION, SCHEMA_COMMENT } from "../schema/limits.ts";

// The canonical form, line by line: each form has a function that writes it, and a pattern that matches it.
// The patterns need not be strict, because a match counts only if the function writes exactly the same text again. So
// a pattern that no longer fits its function makes reading slow, not wrong.

/** The first line of a canonical file. */
export const TITLE = "# The state of IPVS as lvsctl save writes it and lvsctl restore reads it\n";

/** The second line of a canonical file; those of version 0.2 do not have it. */
export const SCHEMA_LINE = `${SCHEMA_COMMENT}\n`;

/** The line with the version of a canonical file. */
export const VERSION_LINE = `version: ${FORMAT_VERSION}\n`;

/** Start of a canonical file. */
export const HEADER = TITLE + SCHEMA_LINE + VERSION_LINE;

/** Start of the sync daemons. */
export const SYNC_DAEMONS = "sync_daemons:\n";

/** The sync daemons if there are none: explicit, because a missing part means that it is unchanged. */
export const NO_SYNC_DAEMONS = "sync_daemons: []\n";

/** Start of the VIPs. */
export const VIPS = "vips:\n";

/** The VIPs if lvsctl keeps none. */
export const NO_VIPS = "vips: []\n";

/** Start of the services. */
export const SERVICES = "services:\n";

/** The services if there are none. */
export const NO_SERVICES = "services: []\n";

/** Start of the servers of a service. */
export const SERVERS = "    servers:\n";

/** Writes text so that a reader gets the same text: as {@linkcode quoteYaml}, with dollar signs doubled. */
export function writeText(text: string): string {
  return quoteYaml(text.replaceAll("$", "$$$$"));
}

/** The inverse of {@linkcode writeText}; undefined for other text. */
export function readText(written: string): string | undefined {
  if (!written.startsWith('"')) return written;
  try {
    const text: unknown = JSON.parse(written);
    return typeof text === "string" ? text.replaceAll("$$", "$") : undefined;
  } catch {
    return undefined;
  }
}

/** A mapping on one line, without the undefined parts. */
function flow(parts: readonly (string | undefined)[]): string {
  const present = parts.filter((part) => part !== undefined);
  return present.length === 0 ? "{}" : `{ ${present.join(", ")} }`;
}

function seconds(key: string, value: number): string | undefined {
  return value === 0 ? undefined : `${key}: ${formatDuration(value * 1000)}`;
}

/** The timeouts; a timeout of 0 is left out, which means the same in a file. */
export function timeoutsLine(timeouts: Timeouts): string {
  const parts = [
    seconds("tcp", timeouts.tcpSeconds),
    seconds("tcp_fin", timeouts.tcpFinSeconds),
    seconds("udp", timeouts.udpSeconds),
  ];
  return `timeouts: ${flow(parts)}\n`;
}

/** Matches {@linkcode timeoutsLine}: tcp, tcp_fin, udp. */
export const TIMEOUTS_PATTERN = /timeouts: \{(?: tcp: (\w+),?)?(?: tcp_fin: (\w+),?)?(?: udp: (\w+))? ?\}\n/.source;

/** One sync daemon. */
export function syncDaemonLine(daemon: SyncDaemon): string {
  const { role, interface: device, syncId, maxLength, group, port, ttl } = daemon;
  const parts = [
    `role: ${role}`,
    `interface: ${writeText(device)}`,
    `sync_id: ${syncId}`,
    maxLength === undefined ? undefined : `max_length: ${maxLength}`,
    group === undefined ? undefined : `group: ${addressFamily(group) === "ipv6" ? `"${group}"` : group}`,
    port === undefined ? undefined : `port: ${port}`,
    ttl === undefined ? undefined : `ttl: ${ttl}`,
  ];
  return `  - ${flow(parts)}\n`;
}

/** Matches {@linkcode syncDaemonLine}: role, interface, sync_id, max_length, group, port, ttl. */
export const SYNC_DAEMON_PATTERN = [
  / {2}- \{ role: (\w+), interface: (.+?), sync_id: (\d+)/,
  /(?:, max_length: (\d+))?(?:, group: "?([\d.:a-f]+)"?)?(?:, port: (\d+))?(?:, ttl: (\d+))? \}\n/,
].map(({ source }) => source).join("");

/** One VIP. */
export function vipLine(vip: Vip): string {
  const written = formatPrefix(vip);
  const parts = [
    `address: ${addressFamily(vip.address) === "ipv6" ? `"${written}"` : written}`,
    `device: ${writeText(vip.device)}`,
    vip.label === undefined ? undefined : `label: ${writeText(vip.label)}`,
    vip.scope === "global" ? undefined : `scope: ${vip.scope}`,
    vip.dad ? "dad: true" : undefined,
    vip.prefixRoute ? undefined : "prefix_route: false",
  ];
  return `  - ${flow(parts)}\n`;
}

/** Matches {@linkcode vipLine}: address, prefix length, device, label, scope, dad, prefix_route. */
export const VIP_PATTERN = [
  / {2}- \{ address: "?([\d.:a-f]+)\/(\d+)"?, device: (.+?)(?:, label: (.+?))?/,
  /(?:, scope: (\w+))?(, dad: true)?(, prefix_route: false)? \}\n/,
].map(({ source }) => source).join("");

/** The first line of a service. */
export function listenLine(id: ServiceId): string {
  return `  - listen: ${formatServiceId(id)}\n`;
}

/** Matches {@linkcode listenLine}: protocol, IPv4 address or IPv6 address, port; or "6" or "", and mark. */
export const LISTEN_PATTERN =
  / {2}- listen: (?:(\w+):\/\/(?:([\d.]+)|\[([\d.:a-f]+)\]):(\d+)|fwmark(6?):(\d+))\n/.source;

/** The settings of a service: all except its address and its servers. */
export interface ServiceSettings extends Omit<VirtualService, "id" | "persistence"> {
  /** Persistence; undefined: none. */
  readonly persistence?: Persistence | undefined;
  /** The forwarding method of all its servers; undefined if they differ. */
  readonly forward: ForwardingMethod | undefined;
}

function persistenceLine({ timeoutSeconds, netmask, engine }: Persistence, family: AddressFamily): string {
  const parts = [
    `timeout: ${formatDuration(timeoutSeconds * 1000)}`,
    netmask === fullNetmask(family) ? undefined : `netmask: ${formatNetmask(family, netmask)}`,
    engine === undefined ? undefined : `engine: ${writeText(engine)}`,
  ];
  return `    persistence: ${flow(parts)}\n`;
}

/** The lines of a service between its address and its servers. */
export function settingsLines(settings: ServiceSettings, family: AddressFamily): string {
  const { scheduler, schedulerFlags, forward, persistence, onePacket } = settings;
  const flags = formatSchedulerFlags(scheduler, schedulerFlags);
  return `    scheduler: ${writeText(scheduler)}\n` +
    (flags.length === 0 ? "" : `    scheduler_flags: [${flags.join(", ")}]\n`) +
    (forward === undefined ? "" : `    forward: ${forward}\n`) +
    (persistence === undefined ? "" : persistenceLine(persistence, family)) +
    (onePacket ? "    one_packet: true\n" : "");
}

/**
 * Matches {@linkcode settingsLines}: scheduler, scheduler_flags, forward; persistence's timeout, netmask and
 * engine; one_packet.
 */
export const SETTINGS_PATTERN = [
  / {4}scheduler: (.+)\n(?: {4}scheduler_flags: \[(.+)\]\n)?(?: {4}forward: (\w+)\n)?/,
  /(?: {4}persistence: \{ timeout: (\w+)(?:, netmask: ([\d.]+))?(?:, engine: (.+))? \}\n)?( {4}one_packet: true\n)?/,
].map(({ source }) => source).join("");

function tunnelPart({ type, port, checksum }: Tunnel): string {
  const parts = [
    `type: ${type}`,
    port === 0 ? undefined : `port: ${port}`,
    checksum === DEFAULT_TUNNEL.checksum ? undefined : `checksum: ${checksum}`,
  ];
  return `, tunnel: ${flow(parts)}`;
}

function isDefaultTunnel({ type, port, checksum }: Tunnel): boolean {
  return type === DEFAULT_TUNNEL.type && port === DEFAULT_TUNNEL.port && checksum === DEFAULT_TUNNEL.checksum;
}

/** The settings of a server: all except its address and port. */
export type ServerSettings = Omit<RealServer, "address" | "port">;

/**
 * The end of a server's line, after its address and port.
 *
 * @param inherited The forwarding method of the service; undefined if its servers differ.
 */
export function serverLineEnd(settings: ServerSettings, inherited: ForwardingMethod | undefined): string {
  const { forward, weight, upperThreshold, lowerThreshold, tunnel } = settings;
  let text = weight === 1 ? "" : `, weight: ${weight}`;
  if (inherited === undefined) text += `, forward: ${forward}`;
  if (upperThreshold !== 0) text += `, upper_threshold: ${upperThreshold}`;
  if (lowerThreshold !== 0) text += `, lower_threshold: ${lowerThreshold}`;
  if (forward === "tun" && !isDefaultTunnel(tunnel)) text += tunnelPart(tunnel);
  return `${text} }\n`;
}

/** Matches {@linkcode serverLineEnd}: weight, forward, upper_threshold, lower_threshold; type, port, checksum. */
export const SERVER_END_PATTERN = [
  /(?:, weight: (\d+))?(?:, forward: (\w+))?(?:, upper_threshold: (\d+))?(?:, lower_threshold: (\d+))?/,
  /(?:, tunnel: \{ type: (\w+)(?:, port: (\d+))?(?:, checksum: (\w+))? \})? \}\n/,
].map(({ source }) => source).join("");

const OCTET = /(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)/.source;

/** A canonical IPv4 address, and up to five digits as the port, whose range is not tested. */
export const IPV4_ENDPOINT_PATTERN = `(?:${OCTET}\\.){3}${OCTET}:(?:0|[1-9]\\d{0,4})(?!\\d)`;

/** Start of every server's line. */
export const SERVER_START = "      - { address: ";

/** One real server. */
export function serverLine(server: RealServer, inherited: ForwardingMethod | undefined): string {
  const endpoint = formatServerId(server);
  const written = addressFamily(server.address) === "ipv6" ? `"${endpoint}"` : endpoint;
  return `${SERVER_START}${written}${serverLineEnd(server, inherited)}`;
}

/**
 * Matches {@linkcode serverLine}: IPv4 address and port, or IPv6 address and port; the end of the line.
 *
 * This pattern is strict except for the addresses: there are many of these lines, but few different ends.
 */
export const SERVER_PATTERN =
  / {6}- \{ address: (?:([\d.]+):(0|[1-9]\d{0,4})|"\[([\d.:a-f]+)\]:(0|[1-9]\d{0,4})")(.*\n)/.source;
