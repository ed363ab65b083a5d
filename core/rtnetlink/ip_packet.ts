import { addressBytes, addressFamily, type IpAddress, type Tunnel } from "../model/mod.ts";
import { checksum, pseudoHeader } from "./checksum.ts";

/** Protocols in the header of IP (IANA). */
export const IP_PROTOCOL = { icmp: 1, ipip: 4, tcp: 6, udp: 17, ipv6: 41, gre: 47, icmpv6: 58 } as const;

/** Flags of TCP (RFC 9293, 3.1). */
export const TCP = { syn: 0x02, rst: 0x04, ack: 0x10 } as const;

/** Echo of ICMP and of ICMPv6. */
export const ECHO = { ipv4: { request: 8, reply: 0 }, ipv6: { request: 128, reply: 129 } } as const;

/** The header of an IPv4 packet without options; bytes. */
const IPV4_LENGTH = 20;

/** Hops that a packet may take. */
const TTL = 64;

/** GRE numbers protocols as Ethernet does. */
const PAYLOAD_TYPE = { ipv4: [0x08, 0x00], ipv6: [0x86, 0xdd] } as const;

/** The ends of a packet, of the same family. */
export interface Ends {
  /** Its source. */
  readonly source: IpAddress;
  /** Its destination. */
  readonly destination: IpAddress;
}

/** Writes an IP packet. */
export function ipPacket(
  { source, destination, protocol }: Ends & { readonly protocol: number },
  payload: readonly number[],
): readonly number[] {
  const addresses = [...addressBytes(source), ...addressBytes(destination)];
  if (addressFamily(source) === "ipv6") {
    return [0x60, 0, 0, 0, ...word(payload.length), protocol, TTL, ...addresses, ...payload];
  }
  const header = [0x45, 0, ...word(IPV4_LENGTH + payload.length), 0, 0, 0x40, 0, TTL, protocol, 0, 0, ...addresses];
  const sum = checksum(header);
  header[10] = sum >> 8;
  header[11] = sum & 0xff;
  return [...header, ...payload];
}

/** A TCP segment without data. */
export interface Segment {
  /** Port of the source. */
  readonly from: number;
  /** Port of the destination. */
  readonly to: number;
  /** Number of the segment. */
  readonly sequence: number;
  /** Flags. */
  readonly flags: number;
}

/** Writes a packet with a TCP segment that has no data. */
export function tcpPacket(ends: Ends, { from, to, sequence, flags }: Segment): readonly number[] {
  const protocol = IP_PROTOCOL.tcp;
  const start = [...word(from), ...word(to), ...word(sequence >>> 16), ...word(sequence & 0xffff), 0, 0, 0, 0];
  const segment = [...start, 0x50, flags, ...word(flags === TCP.syn ? 1024 : 0), 0, 0, 0, 0];
  return ipPacket({ ...ends, protocol }, summed(segment, { ...ends, protocol, at: 16 }));
}

/** Writes a packet that asks its destination for an echo. */
export function echoPacket(
  ends: Ends,
  { identifier, sequence }: { readonly identifier: number; readonly sequence: number },
): readonly number[] {
  const family = addressFamily(ends.source);
  const message = [ECHO[family].request, 0, 0, 0, ...word(identifier), ...word(sequence)];
  if (family === "ipv6") {
    const protocol = IP_PROTOCOL.icmpv6;
    return ipPacket({ ...ends, protocol }, summed(message, { ...ends, protocol, at: 2 }));
  }
  const sum = checksum(message);
  message[2] = sum >> 8;
  message[3] = sum & 0xff;
  return ipPacket({ ...ends, protocol: IP_PROTOCOL.icmp }, message);
}

/** Puts a packet into a tunnel, as IPVS does. */
export function tunnelPacket(
  packet: readonly number[],
  { tunnel, ...ends }: Ends & { readonly tunnel: Tunnel },
): readonly number[] {
  const family = packet[0] === 0x45 ? "ipv4" : "ipv6";
  const inner = family === "ipv4" ? IP_PROTOCOL.ipip : IP_PROTOCOL.ipv6;
  switch (tunnel.type) {
    case "ipip":
      return ipPacket({ ...ends, protocol: inner }, packet);
    case "gre": {
      const hasSum = tunnel.checksum === "csum";
      const header = [hasSum ? 0x80 : 0, 0, ...PAYLOAD_TYPE[family], ...(hasSum ? [0, 0, 0, 0] : [])];
      const body = [...header, ...packet];
      if (hasSum) body.splice(4, 2, ...word(checksum(body)));
      return ipPacket({ ...ends, protocol: IP_PROTOCOL.gre }, body);
    }
    case "gue": {
      // GUE's header of version 0 has the protocol of the packet (draft-ietf-intarea-gue).
      const gue = [0, inner, 0, 0, ...packet];
      const header = [...word(tunnel.port), ...word(tunnel.port), ...word(8 + gue.length), 0, 0];
      const protocol = IP_PROTOCOL.udp;
      return ipPacket({ ...ends, protocol }, summed([...header, ...gue], { ...ends, protocol, at: 6 }));
    }
  }
}

/** The protocol of a tunnel's outer packets. */
export function tunnelProtocol({ type }: Pick<Tunnel, "type">, inner: IpAddress): number {
  if (type === "gre") return IP_PROTOCOL.gre;
  if (type === "gue") return IP_PROTOCOL.udp;
  return addressFamily(inner) === "ipv4" ? IP_PROTOCOL.ipip : IP_PROTOCOL.ipv6;
}

function word(value: number): readonly [high: number, low: number] {
  return [(value >> 8) & 0xff, value & 0xff];
}

/** A segment with its checksum at an offset. */
function summed(
  segment: readonly number[],
  { source, destination, protocol, at }: Ends & { readonly protocol: number; readonly at: number },
): readonly number[] {
  const addresses = { source: addressBytes(source), destination: addressBytes(destination), protocol };
  // 0 would mean a UDP datagram without a checksum.
  const sum = checksum([...pseudoHeader(addresses, segment.length), ...segment]) || 0xffff;
  return segment.with(at, sum >> 8).with(at + 1, sum & 0xff);
}
