import { EXIT, LvsctlError } from "../errors/mod.ts";
import {
  addressBytes,
  addressFamily,
  formatServiceId,
  type IpAddress,
  ipv4Value,
  parseIpAddress,
  type ServiceId,
} from "../model/mod.ts";
import { type Connection, connectionService, templateMark } from "./connection.ts";

/** Addresses that begin with the same bits. */
export interface AddressPrefix {
  /** One of them. */
  readonly address: IpAddress;
  /** How many bits count: 32 or 128 for one address. */
  readonly length: number;
}

/** A real server, or every one at an address. */
export interface ServerPattern {
  /** Its address. */
  readonly address: IpAddress;
  /** Its port; every port without. */
  readonly port?: number;
}

/** Which connections are wanted: those for which everything holds that is given. */
export interface ConnectionFilter {
  /**
   * The virtual service. One on port 0 has the connections to every port of its address; of one with a firewall mark
   * only the templates can be told.
   */
  readonly service?: ServiceId;
  /** The real server. */
  readonly server?: ServerPattern;
  /** The client. */
  readonly client?: AddressPrefix;
  /** The kernel's name of the state, in capitals. */
  readonly state?: string;
  /** The protocol, in small letters. */
  readonly protocol?: string;
  /** Only persistence templates, or none of them; both without. */
  readonly templates?: boolean;
}

/**
 * Every state that the kernel has a name for, of TCP, UDP, SCTP and templates, but for "BUG!" and "ERR!".
 */
export const CONNECTION_STATES = [
  "ESTABLISHED",
  "SYN_SENT",
  "SYN_RECV",
  "FIN_WAIT",
  "TIME_WAIT",
  "CLOSE",
  "CLOSE_WAIT",
  "LAST_ACK",
  "LISTEN",
  "SYNACK",
  "UDP",
  "INIT1",
  "INIT",
  "COOKIE_SENT",
  "COOKIE_REPLIED",
  "COOKIE_WAIT",
  "COOKIE",
  "COOKIE_ECHOED",
  "SHUTDOWN_SENT",
  "SHUTDOWN_RECEIVED",
  "SHUTDOWN_ACK_SENT",
  "REJECTED",
  "CLOSED",
  "NONE",
  "ASSURED",
] as const;

/** Protocols that the kernel has connections of; "ip" is for the templates of firewall marks. */
export const CONNECTION_PROTOCOLS = ["tcp", "udp", "sctp", "esp", "ah", "ip"] as const;

/** Makes the question whether a connection is wanted. */
export function connectionFilter(filter: ConnectionFilter): (connection: Connection) => boolean {
  const { service, server, client, state, protocol, templates } = filter;
  const tests: ((connection: Connection) => boolean)[] = [];
  if (protocol !== undefined) tests.push((connection) => connection.protocol === protocol);
  if (state !== undefined) tests.push((connection) => connection.state === state);
  if (templates !== undefined) tests.push(({ isTemplate }) => isTemplate === templates);
  if (service !== undefined) tests.push(serviceTest(service));
  if (server !== undefined) {
    const { address, port } = server;
    tests.push((connection) =>
      connection.server.address === address && (port === undefined || connection.server.port === port)
    );
  }
  if (client !== undefined) {
    const isWithin = prefixTest(client);
    tests.push((connection) => isWithin(connection.client.address));
  }
  return (connection) => tests.every((test) => test(connection));
}

function serviceTest(service: ServiceId): (connection: Connection) => boolean {
  const name = formatServiceId(service);
  if (service.kind === "endpoint" && service.port === 0) {
    const { protocol, address } = service;
    return ({ protocol: own, virtual }) => own === protocol && virtual.address === address;
  }
  if (service.kind === "fwmark") {
    return (connection) => templateMark(connection) !== undefined && connectionService(connection) === name;
  }
  const { protocol, address, port } = service;
  return ({ protocol: own, virtual }) => own === protocol && virtual.port === port && virtual.address === address;
}

function prefixTest({ address, length }: AddressPrefix): (candidate: IpAddress) => boolean {
  const family = addressFamily(address);
  const wanted = addressBytes(address);
  if (length === wanted.length * 8) return (candidate) => candidate === address;
  const value = ipv4Value(address);
  if (value !== undefined) {
    // Numbers, for bytes would be made for each line of a list; a shift by 32 does nothing.
    const mask = length === 0 ? 0 : -1 << (32 - length);
    return (candidate) => {
      const other = ipv4Value(candidate);
      return other !== undefined && (other & mask) === (value & mask);
    };
  }
  const whole = Math.floor(length / 8);
  const mask = (0xff00 >> (length % 8)) & 0xff;
  return (candidate) => {
    if (addressFamily(candidate) !== family) return false;
    const bytes = addressBytes(candidate);
    for (let index = 0; index < whole; index++) if (bytes[index] !== wanted[index]) return false;
    return mask === 0 || ((bytes[whole] ?? 0) & mask) === ((wanted[whole] ?? 0) & mask);
  };
}

/**
 * Reads "ADDR" or "ADDR/LENGTH".
 *
 * @throws {LvsctlError} If it is neither.
 */
export function parseAddressPrefix(text: string): AddressPrefix {
  const slash = text.indexOf("/");
  const address = parseIpAddress(slash < 0 ? text : text.slice(0, slash));
  const bits = addressFamily(address) === "ipv4" ? 32 : 128;
  const digits = slash < 0 ? String(bits) : text.slice(slash + 1);
  if (/^\d{1,3}$/.test(digits) && Number(digits) <= bits) return { address, length: Number(digits) };
  throw new LvsctlError(`"${digits}" is not a prefix length`, {
    hint: `it is a number from 0 to ${bits}`,
    exitCode: EXIT.usage,
  });
}
