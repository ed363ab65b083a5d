import { addressBytes, type IpAddress } from "../model/mod.ts";
import { ETHERNET_LENGTH, ethernetFrame, ETHERTYPE, type Frame, hasBytes } from "./frame.ts";

const BROADCAST = new Uint8Array(6).fill(0xff);
const NOBODY = new Uint8Array(6);

/** Ethernet, IPv4, and the lengths of their addresses (RFC 826). */
const ARP_START = [0, 1, 0x08, 0, 6, 4] as const;
const REQUEST = 1;
const REPLY = 2;

/** Where the parts of an ARP packet are in its frame. */
const AT = {
  start: ETHERNET_LENGTH,
  operation: ETHERNET_LENGTH + 6,
  sender: ETHERNET_LENGTH + 8,
  senderIp: ETHERNET_LENGTH + 14,
  targetIp: ETHERNET_LENGTH + 24,
} as const;

/** Shortest frame with an ARP packet. */
const ARP_LENGTH = ETHERNET_LENGTH + 28;

/** An address, and the hardware address that it is or would be at. */
export interface Neighbour {
  /** The address. */
  readonly address: IpAddress;
  /** Hardware address, 6 bytes. */
  readonly hardwareAddress: Uint8Array;
}

/** The two forms of a gratuitous ARP (RFC 5227, 3): some hosts listen to requests only, some to replies only. */
export function gratuitousArp({ address, hardwareAddress }: Neighbour): readonly Frame[] {
  const ip = addressBytes(address);
  const header = { to: BROADCAST, from: hardwareAddress, type: ETHERTYPE.arp };
  const packet = (operation: number, target: Uint8Array): Frame =>
    ethernetFrame(header, [...ARP_START, 0, operation, ...hardwareAddress, ...ip, ...target, ...ip]);
  return [packet(REQUEST, NOBODY), packet(REPLY, hardwareAddress)];
}

/** An ARP probe (RFC 5227, 2.1): asks who has the address, without saying that it is one's own. */
export function arpProbe({ address, hardwareAddress }: Neighbour): Frame {
  const nowhere = [0, 0, 0, 0];
  const packet = [...ARP_START, 0, REQUEST, ...hardwareAddress, ...nowhere, ...NOBODY, ...addressBytes(address)];
  return ethernetFrame({ to: BROADCAST, from: hardwareAddress, type: ETHERTYPE.arp }, packet);
}

/**
 * Who else has the address, or is about to take it, by one frame.
 *
 * @returns The hardware address of that host; `undefined` if the frame says nothing of the kind.
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
