import { addressBytes, type IpAddress } from "../model/mod.ts";
import type { Neighbour } from "./arp.ts";
import { checksum, pseudoHeader } from "./checksum.ts";
import { ETHERNET_LENGTH, ethernetFrame, ETHERTYPE, type Frame, hasBytes } from "./frame.ts";

const ICMPV6 = 58;
const SOLICITATION = 135;
const ADVERTISEMENT = 136;

/** Flags of an advertisement (RFC 4861, 4.4). */
const ROUTER = 0x80;
const OVERRIDE = 0x20;

/** The option with the sender's hardware address, one unit of 8 bytes. */
const TARGET_LINK_LAYER_ADDRESS = [2, 1] as const;

/** The same option of a solicitation. */
const SOURCE_LINK_LAYER_ADDRESS = [1, 1] as const;

const UNSPECIFIED = new Uint8Array(16);
const ALL_NODES = Uint8Array.of(255, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1);

/** The group of all nodes whose addresses end with the same three bytes, which are the last bytes of the group. */
const SOLICITED_NODE = Uint8Array.of(255, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 255, 0, 0, 0);

/** Offsets of the fields of a neighbour-discovery message in its frame. */
const AT = {
  nextHeader: ETHERNET_LENGTH + 6,
  source: ETHERNET_LENGTH + 8,
  type: ETHERNET_LENGTH + 40,
  target: ETHERNET_LENGTH + 48,
} as const;

/** Length of the shortest frame with a target; bytes. */
const MESSAGE_LENGTH = AT.target + 16;

/**
 * An unsolicited neighbour advertisement (RFC 4861, 7.2.6): announces the address's new owner to all nodes.
 *
 * @param options.isRouter Whether this host forwards; if not, the nodes delete their routes through it.
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

/** A neighbour solicitation from the unspecified address (RFC 4862, 5.4.2): a probe for owners of the address. */
export function solicitationProbe({ address, hardwareAddress }: Neighbour): Frame {
  const ip = addressBytes(address);
  const message = [SOLICITATION, 0, 0, 0, 0, 0, 0, 0, ...ip];
  return packet(message, { from: UNSPECIFIED, to: solicitedNode(ip), hardwareAddress });
}

/** A neighbour solicitation (RFC 4861, 4.3), which tells the neighbour the hardware address of an own address. */
export function solicitation({ address, hardwareAddress, source }: Neighbour & { readonly source: IpAddress }): Frame {
  const ip = addressBytes(address);
  const message = [SOLICITATION, 0, 0, 0, 0, 0, 0, 0, ...ip, ...SOURCE_LINK_LAYER_ADDRESS, ...hardwareAddress];
  return packet(message, { from: addressBytes(source), to: solicitedNode(ip), hardwareAddress });
}

function solicitedNode(ip: Uint8Array): Uint8Array {
  const group = SOLICITED_NODE.slice();
  group.set(ip.subarray(13), 13);
  return group;
}

/**
 * Finds another host in a frame that has the address, or probes for it in order to add it.
 *
 * @returns The hardware address of that host; `undefined` if the frame is not from one.
 */
export function advertisementConflict(
  frame: Uint8Array,
  { address, hardwareAddress }: Neighbour,
): Uint8Array | undefined {
  if (frame.length < MESSAGE_LENGTH || frame[AT.nextHeader] !== ICMPV6) return undefined;
  if (hasBytes(frame, { at: 6, bytes: hardwareAddress })) return undefined;
  if (!hasBytes(frame, { at: AT.target, bytes: addressBytes(address) })) return undefined;
  const type = frame[AT.type];
  const isProbed = type === SOLICITATION && hasBytes(frame, { at: AT.source, bytes: UNSPECIFIED });
  return type === ADVERTISEMENT || isProbed ? frame.slice(6, 12) : undefined;
}

/** The frame of an ICMPv6 message to a multicast address; the checksum is written into the message. */
function packet(
  message: number[],
  { from, to, hardwareAddress }: {
    readonly from: Uint8Array;
    readonly to: Uint8Array;
    readonly hardwareAddress: Uint8Array;
  },
): Frame {
  const addresses = { source: from, destination: to, protocol: ICMPV6 };
  const sum = checksum([...pseudoHeader(addresses, message.length), ...message]);
  message[2] = sum >> 8;
  message[3] = sum & 0xff;
  // RFC 2464, 7: the hardware address of a multicast address.
  const multicast = Uint8Array.of(0x33, 0x33, ...to.subarray(12));
  const header = [0x60, 0, 0, 0, 0, message.length, ICMPV6, 255, ...from, ...to];
  return ethernetFrame({ to: multicast, from: hardwareAddress, type: ETHERTYPE.ipv6 }, [...header, ...message]);
}
