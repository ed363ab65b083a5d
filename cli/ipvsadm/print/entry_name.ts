import {
  addressFamily,
  type IpAddress,
  type Protocol,
  serviceFamily,
  type ServiceId,
  visible,
} from "../../../core/model/mod.ts";
import type { NameService } from "../names.ts";

/** Most characters of address and port, as in ipvsadm. */
const NAME_ROOM = 59;

/** Options of the names of services and servers. */
export interface NameOptions {
  /** Looks up names; `undefined`: addresses and ports are numbers. */
  readonly names: NameService | undefined;
}

/** An address and a port for {@linkcode formatHostPort}. */
export interface HostPort {
  /** The address. */
  readonly address: IpAddress;
  /** The port. */
  readonly port: number;
  /** The protocol for the port's name; without it the port is a number. */
  readonly protocol?: Protocol | undefined;
}

/** Formats "ADDRESS:PORT", with names if they are enabled and known, and with IPv6 addresses in brackets. */
export function formatHostPort({ address, port, protocol }: HostPort, { names }: NameOptions): string {
  if (names === undefined) return formatNumericHostPort({ address, port });
  const host = names.hostName(address) ?? numericAddress(address);
  const service = (protocol === undefined ? undefined : names.serviceName(port, protocol)) ?? port;
  const name = addressFamily(address) === "ipv6" ? `[${host}]:${service}` : `${host}:${service}`;
  // A name server may return any bytes.
  return visible(name).slice(0, NAME_ROOM);
}

/** Formats "ADDRESS:PORT" as numbers. */
export function formatNumericHostPort({ address, port }: Pick<HostPort, "address" | "port">): string {
  return address.includes(":") ? `[${numericAddress(address)}]:${port}` : `${address}:${port}`;
}

/** Formats an address as libc does: an IPv6 address that begins with 96 zero bits ends like IPv4. */
function numericAddress(address: IpAddress): string {
  const match = /^::([\da-f]{1,4}):([\da-f]{1,4})$/.exec(address);
  if (match === null) return address;
  const [high, low] = [parseInt(match[1] ?? "", 16), parseInt(match[2] ?? "", 16)];
  return `::${high >>> 8}.${high & 255}.${low >>> 8}.${low & 255}`;
}

/** Formats a firewall mark as ipvsadm does: from 2147483648 on as a negative number. */
export function formatMark(mark: number): string {
  return String(mark | 0);
}

const PROTOCOL_TITLES: Readonly<Record<Protocol, string>> = { tcp: "TCP ", udp: "UDP ", sctp: "SCTP" };

/** Width of the column for an IPv4 service's name; characters. */
const SERVICE_ROOM = 33;

/** The name of a service in a list: "TCP  10.0.0.1:80", "FWM  5 IPv6". */
export function formatServiceName(id: ServiceId, options: NameOptions): string {
  if (id.kind === "fwmark") return `FWM  ${formatMark(id.mark)}${id.family === "ipv6" ? " IPv6" : ""}`;
  const name = `${PROTOCOL_TITLES[id.protocol]} ${formatHostPort(id, options)}`;
  return serviceFamily(id) === "ipv6" ? name : name.slice(0, SERVICE_ROOM);
}

const PROTOCOL_SWITCHES: Readonly<Record<Protocol, string>> = { tcp: "-t", udp: "-u", sctp: "--sctp-service" };

/** The name of a service in a rule: "-t 10.0.0.1:80", "-f 5 -6". */
export function formatServiceWords(id: ServiceId, options: NameOptions): string {
  if (id.kind === "fwmark") return `-f ${formatMark(id.mark)}${id.family === "ipv6" ? " -6" : ""}`;
  return `${PROTOCOL_SWITCHES[id.protocol]} ${formatHostPort(id, options)}`;
}
