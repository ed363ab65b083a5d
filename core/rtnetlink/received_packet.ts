import { addressFromBytes, type IpAddress } from "../model/mod.ts";
import { ETHERNET_LENGTH, ETHERTYPE } from "./frame.ts";
import { ECHO, IP_PROTOCOL } from "./ip_packet.ts";

/** Lengths of headers; bytes. */
const IPV6_LENGTH = 40;
const TCP_LENGTH = 20;
const ICMP_LENGTH = 8;

/** Messages of ICMP and ICMPv6 that refuse a packet (RFC 792, RFC 4443), and redirects. */
const REFUSAL_TYPES = {
  ipv4: { unreachable: 3, protocol: 2, port: 3, redirect: 5 },
  ipv6: { unreachable: 1, port: 4, parameter: 4, nextHeader: 1, redirect: 137 },
} as const;

/** Why a host does not take a packet. */
export type Refusal = "protocol" | "port" | "other" | "redirect";

/** The ends of a received packet. */
export interface ReceivedEnds {
  /** The sender. */
  readonly source: IpAddress;
  /** The receiver. */
  readonly destination: IpAddress;
}

/** A TCP segment. */
export interface ReceivedSegment extends ReceivedEnds {
  /** The kind of packet. */
  readonly kind: "segment";
  /** The sender's port. */
  readonly from: number;
  /** The receiver's port. */
  readonly to: number;
  /** The sequence number. */
  readonly sequence: number;
  /** The acknowledgement number. */
  readonly acknowledgement: number;
  /** The flags, as bits (RFC 9293). */
  readonly flags: number;
}

/** An answer to a request for an echo. */
export interface ReceivedEcho extends ReceivedEnds {
  /** The kind of packet. */
  readonly kind: "echo";
  /** The identifier of the request. */
  readonly identifier: number;
  /** The sequence number of the request. */
  readonly sequence: number;
}

/** A message about a packet that a host did not take. */
export interface ReceivedRefusal extends ReceivedEnds {
  /** The kind of packet. */
  readonly kind: "refusal";
  /** The reason. */
  readonly refusal: Refusal;
  /** The packet: its destination and protocol, and the first bytes after its header. */
  readonly quoted: { readonly destination: IpAddress; readonly protocol: number; readonly start: DataView };
}

/** A packet that can answer a question to a real server. */
export type ReceivedPacket = ReceivedSegment | ReceivedEcho | ReceivedRefusal;

/** An IP header, read. */
interface Header extends ReceivedEnds {
  readonly family: "ipv4" | "ipv6";
  readonly protocol: number;
  readonly payload: Uint8Array;
}

/** Reads the packet of an Ethernet frame; `undefined` if it is cut off, or of another kind. */
export function readPacket(frame: Uint8Array): ReceivedPacket | undefined {
  if (frame.length < ETHERNET_LENGTH) return undefined;
  const type = (frame[12] ?? 0) << 8 | (frame[13] ?? 0);
  if (type !== ETHERTYPE.ipv4 && type !== ETHERTYPE.ipv6) return undefined;
  const header = readHeader(frame.subarray(ETHERNET_LENGTH));
  if (header === undefined) return undefined;
  if (header.protocol === IP_PROTOCOL.tcp) return readSegment(header);
  return header.protocol === (header.family === "ipv4" ? IP_PROTOCOL.icmp : IP_PROTOCOL.icmpv6)
    ? readIcmp(header)
    : undefined;
}

function readHeader(packet: Uint8Array): Header | undefined {
  const version = (packet[0] ?? 0) >> 4;
  const length = version === 4 ? ((packet[0] ?? 0) & 0xf) * 4 : IPV6_LENGTH;
  if ((version !== 4 && version !== 6) || packet.length < length) return undefined;
  const [at, size] = version === 4 ? [12, 4] : [8, 16];
  return {
    family: version === 4 ? "ipv4" : "ipv6",
    protocol: packet[version === 4 ? 9 : 6] ?? 0,
    source: addressFromBytes(packet.slice(at, at + size)),
    destination: addressFromBytes(packet.slice(at + size, at + 2 * size)),
    payload: packet.slice(length),
  };
}

function viewOf({ buffer, byteOffset, byteLength }: Uint8Array): DataView {
  return new DataView(buffer, byteOffset, byteLength);
}

function readSegment({ source, destination, payload }: Header): ReceivedSegment | undefined {
  if (payload.length < TCP_LENGTH) return undefined;
  const view = viewOf(payload);
  return {
    kind: "segment",
    source,
    destination,
    from: view.getUint16(0),
    to: view.getUint16(2),
    sequence: view.getUint32(4),
    acknowledgement: view.getUint32(8),
    flags: view.getUint8(13),
  };
}

function readIcmp({ family, source, destination, payload }: Header): ReceivedEcho | ReceivedRefusal | undefined {
  if (payload.length < ICMP_LENGTH) return undefined;
  const view = viewOf(payload);
  const [type, code] = [view.getUint8(0), view.getUint8(1)];
  if (type === ECHO[family].reply) {
    return { kind: "echo", source, destination, identifier: view.getUint16(4), sequence: view.getUint16(6) };
  }
  const refusal = refusalOf(family, type, code);
  // A redirect of ICMPv6 quotes the packet in an option.
  if (refusal === undefined || (family === "ipv6" && refusal === "redirect")) return undefined;
  const quoted = readHeader(payload.subarray(ICMP_LENGTH));
  return quoted === undefined ? undefined : {
    kind: "refusal",
    source,
    destination,
    refusal,
    quoted: { destination: quoted.destination, protocol: quoted.protocol, start: viewOf(quoted.payload) },
  };
}

function refusalOf(family: "ipv4" | "ipv6", type: number, code: number): Refusal | undefined {
  if (family === "ipv4") {
    const { unreachable, protocol, port, redirect } = REFUSAL_TYPES.ipv4;
    if (type === redirect) return "redirect";
    if (type !== unreachable) return undefined;
    return code === protocol ? "protocol" : code === port ? "port" : "other";
  }
  const { unreachable, port, parameter, nextHeader, redirect } = REFUSAL_TYPES.ipv6;
  if (type === redirect) return "redirect";
  if (type === unreachable) return code === port ? "port" : "other";
  return type === parameter && code === nextHeader ? "protocol" : undefined;
}
