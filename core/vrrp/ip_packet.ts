import { addressBytes } from "../model/mod.ts";
import { type Carrier, isIpv6, VRRP_PROTOCOL } from "./advertisement.ts";

/** Bytes of the header of IPv4. */
const IPV4_LENGTH = 20;

/** Hop limit of a packet that no router may have forwarded. */
const HOP_LIMIT = 255;

/** Traffic class of network control (RFC 2474), as other implementations use it. */
const TRAFFIC_CLASS = 0xc0;

/** A message with the header of IP; for IPv4 the kernel completes number and checksum of the header. */
export function packetOf(message: Uint8Array, carrier: Carrier): Uint8Array<ArrayBuffer> {
  const ends = [...addressBytes(carrier.source), ...addressBytes(carrier.destination)];
  if (isIpv6(carrier)) {
    const head = [0x60 | TRAFFIC_CLASS >> 4, 0, 0, 0, ...word(message.length), VRRP_PROTOCOL, HOP_LIMIT];
    return Uint8Array.from([...head, ...ends, ...message]);
  }
  const length = word(IPV4_LENGTH + message.length);
  return Uint8Array.from([
    0x45,
    TRAFFIC_CLASS,
    ...length,
    0,
    0,
    0,
    0,
    HOP_LIMIT,
    VRRP_PROTOCOL,
    0,
    0,
    ...ends,
    ...message,
  ]);
}

function word(value: number): readonly [high: number, low: number] {
  return [value >> 8 & 0xff, value & 0xff];
}
