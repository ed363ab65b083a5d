import { addressFromBytes } from "../model/mod.ts";
import { VRRP_PROTOCOL } from "./advertisement.ts";
import type { ReceivedMessage } from "./decode_advertisement.ts";

/** Offsets in the header of IPv4, and the bytes of the shortest one. */
const HEADER = { bytes: 20, total: 2, fragment: 6, ttl: 8, protocol: 9, source: 12, destination: 16 } as const;

/** Bits of the flag "more fragments" and of the offset of a fragment. */
const FRAGMENTED = 0x3fff;

/** Reads a packet of a raw socket, which starts with its IPv4 header; `undefined` if it is cut off or a fragment. */
export function readIpv4Packet(packet: Uint8Array): ReceivedMessage | undefined {
  if (packet.length < HEADER.bytes) return undefined;
  const view = new DataView(packet.buffer, packet.byteOffset, packet.length);
  const first = view.getUint8(0);
  const headerLength = (first & 0xf) * 4;
  const total = view.getUint16(HEADER.total);
  if (first >> 4 !== 4 || headerLength < HEADER.bytes || headerLength > total || total > packet.length) {
    return undefined;
  }
  if ((view.getUint16(HEADER.fragment) & FRAGMENTED) !== 0) return undefined;
  if (view.getUint8(HEADER.protocol) !== VRRP_PROTOCOL) return undefined;
  return {
    message: packet.subarray(headerLength, total),
    source: addressFromBytes(packet.subarray(HEADER.source, HEADER.source + 4)),
    destination: addressFromBytes(packet.subarray(HEADER.destination, HEADER.destination + 4)),
    hopLimit: view.getUint8(HEADER.ttl),
  };
}
