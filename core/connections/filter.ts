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
  /** One of the addresses. */
  readonly address: IpAddress;
  /** Number of common bits: 32 or 128 for a single address. */
  readonly length: number;
}

/** A real server, or all of them at an address. */
export interface ServerPattern {
  /** Address. */
  readonly address: IpAddress;
  /** Port; every port by default. */
  readonly port?: number | undefined;
}

/** Conditions on connections; every one must hold. */
export interface ConnectionFilter {
  /**
   * The virtual service. A service on port 0 has the connections to every port of its address; of a service with a
   * firewall mark, only the templates can be identified.
   */
  readonly service?: ServiceId | undefined;
  /** The real server. */
  readonly server?: ServerPattern | undefined;
  /** The client. */
  readonly client?: AddressPrefix | undefined;
  /** The kernel's name for the state, in upper case. */
  readonly state?: string | undefined;
  /** The protocol, in lower case. */
  readonly protocol?: string | undefined;
  /** Whether the entry is a persistence template; either by default. */
  readonly templates?: boolean | undefined;
}

/**
 * The kernel's names for the states of TCP, UDP, SCTP and templates, except for "BUG!" and "ERR!".
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

/** Protocols of the kernel's connections; "ip" is for the templates of firewall marks. */
export const CONNECTION_PROTOCOLS = ["tcp", "udp", "sctp", "esp", "ah", "ip"] as const;

/** Creates a function that tests whether a connection meets the conditions. */
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
    // As numbers, because bytes would be allocated for each line of a list; a shift by 32 does nothing.
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
 * @throws {LvsctlError} If the text has another form.
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
