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
  /** Address. */
  readonly address: IpAddress;
  /** Port; 0 if a template stands for every port. */
  readonly port: number;
}

/** A persistence engine's identification of a client. */
export interface EngineData {
  /** Name of the engine: "sip". */
  readonly name: string;
  /** Data of the engine, as a client sent it: "a84b4c76e66710@pc33.example.com". */
  readonly data: string;
}

/** An entry of the kernel's connection table: a connection, or the template by which a client is persistent. */
export interface Connection {
  /** Protocol in lower case: "tcp", "udp", "sctp", "esp"...; "ip" for the template of a firewall mark. */
  readonly protocol: string;
  /** The client; a template has its address under the persistence netmask, and port 0. */
  readonly client: ConnectionEnd;
  /** The virtual service; a firewall mark's template has the mark instead, see {@linkcode connectionService}. */
  readonly virtual: ConnectionEnd;
  /** The real server; its family can differ from the client's. */
  readonly server: ConnectionEnd;
  /** The kernel's name for the state: "ESTABLISHED", "FIN_WAIT", "UDP"... */
  readonly state: string;
  /** Time until the kernel forgets it without further packets; seconds. */
  readonly expiresSeconds: number;
  /** Whether it is a persistence template. */
  readonly isTemplate: boolean;
  /** Data of its persistence engine, if any. */
  readonly engine?: EngineData;
}

/** Protocol of a firewall mark's template in the kernel's list. */
export const MARK_PROTOCOL = "ip";

/** The firewall mark of a template, if any: the kernel puts it into the first four bytes of an address. */
export function templateMark({ protocol, virtual }: Connection): ServiceId | undefined {
  if (protocol !== MARK_PROTOCOL) return undefined;
  const mark = addressBytes(virtual.address).subarray(0, 4).reduce((value, byte) => value * 256 + byte, 0);
  return { kind: "fwmark", family: addressFamily(virtual.address), mark };
}

/**
 * Name of the virtual service that a connection was made to: "tcp://192.0.2.10:80", "fwmark:7".
 *
 * The kernel does not report the service of a connection. One of a service on every port gets the name with the
 * client's destination port, and one of a firewall mark the name with address and port.
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
