import { addressBytes, type IpAddress } from "../model/mod.ts";
import { ETHERNET_LENGTH, ethernetFrame, ETHERTYPE, type Frame, hasBytes } from "./frame.ts";

const BROADCAST = new Uint8Array(6).fill(0xff);
const NO_HARDWARE_ADDRESS = new Uint8Array(6);

/** Ethernet, IPv4, and the lengths of their addresses (RFC 826). */
const ARP_START = [0, 1, 0x08, 0, 6, 4] as const;
const REQUEST = 1;
const REPLY = 2;

/** Offsets of the fields of an ARP packet in its frame. */
const AT = {
  start: ETHERNET_LENGTH,
  operation: ETHERNET_LENGTH + 6,
  sender: ETHERNET_LENGTH + 8,
  senderIp: ETHERNET_LENGTH + 14,
  targetIp: ETHERNET_LENGTH + 24,
} as const;

/** Length of the shortest frame with an ARP packet; bytes. */
const ARP_LENGTH = ETHERNET_LENGTH + 28;

/** An address, and the hardware address that it has or would have. */
export interface Neighbour {
  /** The address. */
  readonly address: IpAddress;
  /** Hardware address, 6 bytes. */
  readonly hardwareAddress: Uint8Array;
}

/** The two forms of a gratuitous ARP (RFC 5227, 3): some hosts accept only requests, some only replies. */
export function gratuitousArp({ address, hardwareAddress }: Neighbour): readonly Frame[] {
  const ip = addressBytes(address);
  const header = { to: BROADCAST, from: hardwareAddress, type: ETHERTYPE.arp };
  const packet = (operation: number, target: Uint8Array): Frame =>
    ethernetFrame(header, [...ARP_START, 0, operation, ...hardwareAddress, ...ip, ...target, ...ip]);
  return [packet(REQUEST, NO_HARDWARE_ADDRESS), packet(REPLY, hardwareAddress)];
}

/** An ARP probe (RFC 5227, 2.1): a request for the address that does not announce the sender as its owner. */
export function arpProbe(neighbour: Neighbour): Frame {
  return request(neighbour, [0, 0, 0, 0]);
}

/** An ARP request, which tells the neighbour the hardware address of an own address. */
export function arpRequest({ source, ...neighbour }: Neighbour & { readonly source: IpAddress }): Frame {
  return request(neighbour, addressBytes(source));
}

function request({ address, hardwareAddress }: Neighbour, senderIp: Iterable<number>): Frame {
  const packet = [
    ...ARP_START,
    0,
    REQUEST,
    ...hardwareAddress,
    ...senderIp,
    ...NO_HARDWARE_ADDRESS,
    ...addressBytes(address),
  ];
  return ethernetFrame({ to: BROADCAST, from: hardwareAddress, type: ETHERTYPE.arp }, packet);
}

/**
 * Finds another host in a frame that has the address, or probes for it in order to add it.
 *
 * @returns The hardware address of that host; `undefined` if the frame is not from one.
 */
export function arpConflict(frame: Uint8Array, { address, hardwareAddress }: Neighbour): Uint8Array | undefined {
  if (frame.length < ARP_LENGTH || !hasBytes(frame, { at: AT.start, bytes: ARP_START })) return undefined;
  if (hasBytes(frame, { at: AT.sender, bytes: hardwareAddress })) return undefined;
  const ip = addressBytes(address);
  const isTaken = hasBytes(frame, { at: AT.senderIp, bytes: ip });
  const isProbed = hasBytes(frame, { at: AT.operation, bytes: [0, REQUEST] }) &&
    hasBytes(frame, { at: AT.senderIp, bytes: [0, 0, 0, 0] }) && hasBytes(frame, { at: AT.targetIp, bytes: ip });
  return isTaken || isProbed ? frame.slice(AT.sender, AT.sender + 6) : undefined;
}
