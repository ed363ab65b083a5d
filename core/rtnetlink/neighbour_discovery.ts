import { addressBytes } from "../model/mod.ts";
import type { Neighbour } from "./arp.ts";
import { ETHERNET_LENGTH, ethernetFrame, ETHERTYPE, type Frame, hasBytes } from "./frame.ts";

const ICMPV6 = 58;
const SOLICITATION = 135;
const ADVERTISEMENT = 136;

/** Flags of an advertisement (RFC 4861, 4.4). */
const ROUTER = 0x80;
const OVERRIDE = 0x20;

/** The option that tells the sender's own hardware address, one unit of 8 bytes long. */
const TARGET_LINK_LAYER_ADDRESS = [2, 1] as const;

const NOWHERE = new Uint8Array(16);
const ALL_NODES = Uint8Array.of(255, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1);

/** The group of all nodes whose addresses end with the same three bytes, which take the place of its last. */
const SOLICITED_NODE = Uint8Array.of(255, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 255, 0, 0, 0);

/** Where the parts of a neighbour-discovery message are in its frame. */
const AT = {
  nextHeader: ETHERNET_LENGTH + 6,
  source: ETHERNET_LENGTH + 8,
  type: ETHERNET_LENGTH + 40,
  target: ETHERNET_LENGTH + 48,
} as const;

/** Shortest frame with a target. */
const MESSAGE_LENGTH = AT.target + 16;

/**
 * An unsolicited neighbour advertisement (RFC 4861, 7.2.6): tells all nodes where the address is from now on.
 *
 * @param options.isRouter Whether the host forwards; a host that is told otherwise takes its routes through it away.
 */
export function neighbourAdvertisement(
  { address, hardwareAddress }: Neighbour,
  options: { readonly isRouter: boolean },
): Frame {
  const ip = addressBytes(address);
  const flags = OVERRIDE | (options.isRouter ? ROUTER : 0);
  const message = [ADVERTISEMENT, 0, 0, 0, flags, 0, 0, 0, ...ip, ...TARGET_LINK_LAYER_ADDRESS, ...hardwareAddress];
  return packet(message, { from: ip, to: ALL_NODES, hardwareAddress });
}

/** A neighbour solicitation from nowhere (RFC 4862, 5.4.2): asks whether somebody has the address. */
export function solicitationProbe({ address, hardwareAddress }: Neighbour): Frame {
  const ip = addressBytes(address);
  const solicitedNode = SOLICITED_NODE.slice();
  solicitedNode.set(ip.subarray(13), 13);
  const message = [SOLICITATION, 0, 0, 0, 0, 0, 0, 0, ...ip];
  return packet(message, { from: NOWHERE, to: solicitedNode, hardwareAddress });
}

/**
 * Who else has the address, or is about to take it, by one frame.
 *
 * @returns The hardware address of that host; `undefined` if the frame says nothing of the kind.
 */
export function advertisementConflict(
  frame: Uint8Array,
  { address, hardwareAddress }: Neighbour,
): Uint8Array | undefined {
  if (frame.length < MESSAGE_LENGTH || frame[AT.nextHeader] !== ICMPV6) return undefined;
  if (hasBytes(frame, { at: 6, bytes: hardwareAddress })) return undefined;
  if (!hasBytes(frame, { at: AT.target, bytes: addressBytes(address) })) return undefined;
  const type = frame[AT.type];
  const isProbed = type === SOLICITATION && hasBytes(frame, { at: AT.source, bytes: NOWHERE });
  return type === ADVERTISEMENT || isProbed ? frame.slice(6, 12) : undefined;
}

/** The ICMPv6 message in its packet in its frame, to a multicast address, with its checksum filled in. */
function packet(
  message: number[],
  { from, to, hardwareAddress }: {
    readonly from: Uint8Array;
    readonly to: Uint8Array;
    readonly hardwareAddress: Uint8Array;
  },
): Frame {
  const sum = checksum([...from, ...to, 0, 0, 0, message.length, 0, 0, 0, ICMPV6, ...message]);
  message[2] = sum >> 8;
  message[3] = sum & 0xff;
  // RFC 2464, 7: the hardware address of a multicast address.
  const multicast = Uint8Array.of(0x33, 0x33, ...to.subarray(12));
  const header = [0x60, 0, 0, 0, 0, message.length, ICMPV6, 255, ...from, ...to];
  return ethernetFrame({ to: multicast, from: hardwareAddress, type: ETHERTYPE.ipv6 }, [...header, ...message]);
}

/** The internet checksum (RFC 1071) of an even number of bytes. */
function checksum(bytes: readonly number[]): number {
  let sum = 0;
  for (let at = 0; at < bytes.length; at += 2) sum += ((bytes[at] ?? 0) << 8) + (bytes[at + 1] ?? 0);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return ~sum & 0xffff;
}
