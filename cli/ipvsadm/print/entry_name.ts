import {
  addressFamily,
  type IpAddress,
  type Protocol,
  serviceFamily,
  type ServiceId,
} from "../../../core/model/mod.ts";
import type { NameService } from "../names.ts";

/** Characters of address and port that ipvsadm has room for. */
const NAME_ROOM = 59;

/** How names of services and servers are written: as numbers where `names` is `undefined`. */
export interface NameOptions {
  /** Looks up names. */
  readonly names: NameService | undefined;
}

/** What {@linkcode formatHostPort} writes. */
export interface HostPort {
  /** The address. */
  readonly address: IpAddress;
  /** The port. */
  readonly port: number;
  /** What the port's name is looked up for; without one it stays a number. */
  readonly protocol?: Protocol | undefined;
}

/** Writes "ADDRESS:PORT", IPv6 in brackets, with names if they are asked for and known. */
export function formatHostPort({ address, port, protocol }: HostPort, { names }: NameOptions): string {
  if (names === undefined) return formatNumericHostPort({ address, port });
  const host = names.hostName(address) ?? numericAddress(address);
  const service = protocol === undefined ? undefined : names.serviceName(port, protocol);
  const name = `${host}:${service ?? port}`;
  return (addressFamily(address) === "ipv6" ? `[${host}]:${service ?? port}` : name).slice(0, NAME_ROOM);
}

/** Writes "ADDRESS:PORT" without looking for names. */
export function formatNumericHostPort({ address, port }: Pick<HostPort, "address" | "port">): string {
  return address.includes(":") ? `[${numericAddress(address)}]:${port}` : `${address}:${port}`;
}

/** An address as libc writes it: with its last four bytes as IPv4 where all before them are zero. */
function numericAddress(address: IpAddress): string {
  const match = /^::([\da-f]{1,4}):([\da-f]{1,4})$/.exec(address);
  if (match === null) return address;
  const [high, low] = [parseInt(match[1] ?? "", 16), parseInt(match[2] ?? "", 16)];
  return `::${high >>> 8}.${high & 255}.${low >>> 8}.${low & 255}`;
}

/** The mark as ipvsadm prints it: from 2147483648 on it is negative there. */
export function formatMark(mark: number): string {
  return String(mark | 0);
}

const PROTOCOL_TITLES: Readonly<Record<Protocol, string>> = { tcp: "TCP ", udp: "UDP ", sctp: "SCTP" };

/** Characters of an IPv4 service's name that fit in its column. */
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
