import {
  addressBytes,
  addressFamily,
  fullNetmask,
  type IpAddress,
  MAX_PERSISTENCE_SECONDS,
  type Protocol,
  tryParseIpAddress,
  TUNNEL_TYPES,
} from "../../../core/model/mod.ts";
import type { Draft } from "./draft.ts";
import { readEndpoint } from "./endpoint.ts";
import { IpvsadmFailure } from "../failure.ts";
import { leadingNumber, readIpv4, readNumber } from "./numbers.ts";

/** Parses a number within limits; `what` is its name in the message. */
export function readIn(
  text: string,
  options: { readonly min: number; readonly max: number; readonly what: string },
): number {
  const value = readNumber(text, options);
  if (value === undefined) throw new IpvsadmFailure(`illegal ${options.what} specified`);
  return value;
}

/** Parses a time in seconds. */
export function readTimeout(text: string, min: number): number {
  const value = readNumber(text, { min, max: MAX_PERSISTENCE_SECONDS });
  if (value === undefined) throw new IpvsadmFailure(`invalid timeout value \`${text}' specified`);
  return value;
}

/** Parses the service's address and port. */
export function readService(draft: Draft, text: string, options: { readonly protocol: Protocol }): void {
  draft.protocol = options.protocol;
  const endpoint = readEndpoint(text, draft);
  if (endpoint === undefined) throw new IpvsadmFailure("illegal virtual server address[:port] specified");
  const { address, port = 0 } = endpoint;
  draft.address = address;
  draft.port = port;
  draft.family = addressFamily(address);
  if (draft.family === "ipv6") draft.netmask = fullNetmask("ipv6");
}

/** Parses a firewall mark; its family is IPv4 unless `-6` follows. */
export function readMark(draft: Draft, text: string): void {
  const mark = readNumber(text, { min: 1, max: 0xffffffff });
  if (mark === undefined) throw new IpvsadmFailure(`invalid fwmark value \`${text}' specified`);
  draft.mark = mark;
  draft.family = "ipv4";
  draft.protocol = "tcp";
}

/** Sets the family of the firewall mark to IPv6. */
export function readIpv6Mark(draft: Draft): void {
  if (draft.mark === 0) throw new IpvsadmFailure("-6 used before -f\n");
  draft.family = "ipv6";
  draft.netmask = fullNetmask("ipv6");
}

/** Parses a persistence timeout. */
export function readPersistence(draft: Draft, text: string): void {
  draft.persistenceSeconds = readTimeout(text, 1);
}

/** Parses a persistence netmask: by the family of the preceding service, else as IPv4. */
export function readNetmask(draft: Draft, text: string): void {
  if (draft.family === "ipv6") {
    draft.netmask = leadingNumber(text);
    if (draft.netmask < 1 || draft.netmask > 128) throw new IpvsadmFailure("illegal ipv6 netmask specified");
    return;
  }
  const mask = readIpv4(text) ?? hostNumber(draft.names.hostAddress(text));
  if (mask === undefined) throw new IpvsadmFailure("illegal virtual server persistent mask specified");
  draft.netmask = mask;
}

function hostNumber(address: IpAddress | undefined): number | undefined {
  return address === undefined ? undefined : readIpv4(address);
}

/** Parses a real server's address and port; the default port is the port of the preceding service. */
export function readServer(draft: Draft, text: string): void {
  const endpoint = readEndpoint(text, draft);
  if (endpoint === undefined) throw new IpvsadmFailure("illegal real server address[:port] specified");
  draft.server = endpoint.address;
  draft.serverPort = endpoint.port ?? draft.port;
}

/** Parses an encapsulation. */
export function readTunnelType(draft: Draft, text: string): void {
  const type = TUNNEL_TYPES.find((name) => name === text);
  if (type === undefined) throw new IpvsadmFailure("illegal tunnel type specified");
  draft.tunnelType = type;
}

/** Parses a multicast group. */
export function readGroup(draft: Draft, text: string): void {
  const family = text.includes(":") ? "IPv6" : "IPv4";
  const address = tryParseIpAddress(text);
  const first = address === undefined ? 0 : addressBytes(address)[0] ?? 0;
  const isMulticast = family === "IPv6" ? first === 0xff : first >= 224 && first < 240;
  if (address === undefined || !isMulticast) throw new IpvsadmFailure(`invalid ${family} mcast-group \`${text}'`);
  draft.group = address;
}
