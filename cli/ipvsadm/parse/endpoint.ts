import {
  type IpAddress,
  ipv4FromValue,
  isIpAddress,
  type Protocol,
  tryParseIpAddress,
} from "../../../core/model/mod.ts";
import type { Endpoint } from "./draft.ts";
import type { NameService } from "../names.ts";
import { readIpv4, readNumber } from "./numbers.ts";

const PORTS = { min: 0, max: 65535 };

/** The lookup of names in an address. */
export interface EndpointContext {
  /** Looks up names. */
  readonly names: NameService;
  /** Protocol for a service's name; `undefined` if it is not known yet. */
  readonly protocol: Protocol | undefined;
}

/**
 * Parses `HOST[:PORT]`, `[HOST]:PORT` or an IPv6 address, in every form that ipvsadm accepts: `10.1` is 10.0.0.1,
 * `2001:db8::1:80` is an address without a port, and `[10.0.0.1]:80` loses its port.
 *
 * @returns `undefined` if it is none of these.
 */
export function readEndpoint(text: string, context: EndpointContext): Endpoint | undefined {
  if (/^\d*$/.test(text)) return undefined;
  if (text.startsWith("[")) {
    const end = text.indexOf("]");
    if (end < 0 || text[end + 1] !== ":") return undefined;
    const address = readIpv6(text.slice(1, end));
    // Unless the address is IPv6, ipvsadm takes the port from inside the brackets.
    if (address === undefined) return readHostAndPort(text.slice(1, end), context);
    return withPort(address, text.slice(end + 2), context);
  }
  const address = readIpv6(text);
  return address === undefined ? readHostAndPort(text, context) : { address, port: undefined };
}

function readIpv6(text: string): IpAddress | undefined {
  return text.includes(":") ? tryParseIpAddress(text) : undefined;
}

function readHostAndPort(text: string, context: EndpointContext): Endpoint | undefined {
  const colon = text.lastIndexOf(":");
  const address = readHost(colon < 0 ? text : text.slice(0, colon), context.names);
  if (address === undefined || colon < 0) return address === undefined ? undefined : { address, port: undefined };
  return withPort(address, text.slice(colon + 1), context);
}

function withPort(address: IpAddress, text: string, { names, protocol }: EndpointContext): Endpoint | undefined {
  const port = readNumber(text, PORTS) ?? (protocol === undefined ? undefined : names.servicePort(text, protocol));
  return port === undefined ? undefined : { address, port };
}

/** Parses an IPv4 address or the name of a host with one. */
export function readHost(text: string, names: NameService): IpAddress | undefined {
  if (!text.includes(":") && isIpAddress(text)) return text;
  const value = readIpv4(text);
  return value === undefined ? names.hostAddress(text) : ipv4FromValue(value);
}
