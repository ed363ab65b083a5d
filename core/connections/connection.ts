import {
  addressBytes,
  addressFamily,
  formatEndpoint,
  formatServiceId,
  type IpAddress,
  type ServiceId,
} from "../model/mod.ts";

/** One end of a connection. */
export interface ConnectionEnd {
  /** Its address. */
  readonly address: IpAddress;
  /** Its port; 0 where a template stands for every port. */
  readonly port: number;
}

/** What a persistence engine knows a client by. */
export interface EngineData {
  /** Name of the engine: "sip". */
  readonly name: string;
  /** Its data, as a client sent it: "a84b4c76e66710@pc33.example.com". */
  readonly data: string;
}

/** An entry of the kernel's connection table: a connection, or the template by which a client is persistent. */
export interface Connection {
  /** Protocol in small letters: "tcp", "udp", "sctp", "esp"...; "ip" for the template of a firewall mark. */
  readonly protocol: string;
  /** The client; of a template its address under the persistence netmask, and port 0. */
  readonly client: ConnectionEnd;
  /** The virtual service; of a firewall mark's template the mark instead, see {@linkcode connectionService}. */
  readonly virtual: ConnectionEnd;
  /** The real server; its family may be another than the client's. */
  readonly server: ConnectionEnd;
  /** The kernel's name of the state: "ESTABLISHED", "FIN_WAIT", "UDP"... */
  readonly state: string;
  /** When the kernel forgets it if nothing comes; seconds. */
  readonly expiresSeconds: number;
  /** Whether it is a persistence template. */
  readonly isTemplate: boolean;
  /** What a persistence engine has noted with it. */
  readonly engine?: EngineData;
}

/** The protocol that the kernel writes for the template of a firewall mark. */
export const MARK_PROTOCOL = "ip";

/** The firewall mark of a template, where it is one: the kernel puts it into the first four bytes of an address. */
export function templateMark({ protocol, virtual }: Connection): ServiceId | undefined {
  if (protocol !== MARK_PROTOCOL) return undefined;
  const mark = addressBytes(virtual.address).subarray(0, 4).reduce((value, byte) => value * 256 + byte, 0);
  return { kind: "fwmark", family: addressFamily(virtual.address), mark };
}

/**
 * What a connection was made to, by the name of a virtual service: "tcp://192.0.2.10:80", "fwmark:7".
 *
 * The kernel does not tell the service of a connection: that of a service on every port is told under the port that the
 * client asked for, and that of a firewall mark under address and port.
 */
export function connectionService(connection: Connection): string {
  const mark = templateMark(connection);
  if (mark !== undefined) return formatServiceId(mark);
  return `${connection.protocol}://${formatConnectionEnd(connection.virtual)}`;
}

/** Writes an end: "192.0.2.10:80", "[2001:db8::1]:80". */
export function formatConnectionEnd({ address, port }: ConnectionEnd): string {
  return formatEndpoint(address, port);
}
