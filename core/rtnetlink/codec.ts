import {
  addressBytes,
  addressFamily,
  addressFromBytes,
  type IpAddress,
  type PresentVip,
  type Vip,
  VIP_SCOPES,
} from "../model/mod.ts";
import { decodeAttributes, type Message, type MessageWriter } from "../netlink/mod.ts";
import { AF, ARPHRD_ETHER, ARPHRD_LOOPBACK, IFA_F, IFF, RT_SCOPE } from "./constants.ts";
import { attributesBehind } from "./route_connection.ts";
import { ADDRESS, LINK, LINK_INFO } from "./tables.ts";

/** A network interface. */
export interface Link {
  /** Number by which the kernel knows it. */
  readonly index: number;
  /** Its name. */
  readonly name: string;
  /** Whether it was brought up. */
  readonly isUp: boolean;
  /** Whether hosts on it find each other's hardware addresses: Ethernet, without NOARP. */
  readonly hasNeighbours: boolean;
  /** Its hardware address; empty where it has none. */
  readonly hardwareAddress: Uint8Array;
  /** Largest packet, bytes. */
  readonly mtu: number;
  /** Kind of a virtual interface: "dummy", "ipip", "veth"; undefined where the kernel names none. */
  readonly kind?: string;
  /** Whether it is the loopback interface. */
  readonly isLoopback: boolean;
}

/** An interface that is to be made. */
export interface NewLink {
  /** Its name. */
  readonly name: string;
  /** Its kind: "dummy", "ipip", "gre"... A tunnel takes packets from any host, to any address of this one. */
  readonly kind: string;
}

/** An address as the kernel lists it, its interface by number. */
export interface ListedAddress extends Omit<PresentVip, "device" | "owned"> {
  /** Number of the interface. */
  readonly index: number;
  /** Who added it (IFA_PROTO); undefined where nobody said, or before Linux 5.18. */
  readonly protocol?: number;
}

/** A VIP and the number of its interface. */
export interface PlacedVip {
  /** The VIP. */
  readonly vip: Vip;
  /** Number of the interface that its device names. */
  readonly index: number;
}

/** Bytes of struct ifinfomsg and struct ifaddrmsg (linux/rtnetlink.h, linux/if_addr.h). */
const LINK_LENGTH = 16;
const ADDRESS_LENGTH = 8;

/** Writes a request for all interfaces. */
export function encodeLinkRequest(writer: MessageWriter): void {
  writer.append(new Uint8Array(LINK_LENGTH));
}

/** Writes a request for all addresses of both families. */
export function encodeAddressRequest(writer: MessageWriter): void {
  writer.append(new Uint8Array(ADDRESS_LENGTH));
}

/**
 * Reads an interface.
 *
 * @throws {NetlinkDecodeError} If the message is cut off or a value has the wrong length.
 */
export function readLink(message: Message): Link {
  const values = decodeAttributes(attributesBehind(message, LINK_LENGTH), LINK);
  const { memory: { view }, start } = message;
  const flags = view.getUint32(start + 8, true);
  const hardware = view.getUint16(start + 2, true);
  const kind = values.info === undefined ? undefined : decodeAttributes(values.info, LINK_INFO).kind;
  return {
    index: view.getInt32(start + 4, true),
    name: values.name ?? "",
    isUp: (flags & IFF.UP) !== 0,
    hasNeighbours: hardware === ARPHRD_ETHER && (flags & IFF.NOARP) === 0,
    // A copy, for the message is gone with the next one.
    hardwareAddress: values.address?.slice() ?? new Uint8Array(),
    mtu: values.mtu ?? 0,
    ...(kind === undefined ? {} : { kind }),
    isLoopback: hardware === ARPHRD_LOOPBACK,
  };
}

/**
 * Reads an address; `undefined` if it is of another family than IPv4 and IPv6.
 *
 * @throws {NetlinkDecodeError} If the message is cut off or a value has the wrong length.
 */
export function readAddress(message: Message): ListedAddress | undefined {
  const values = decodeAttributes(attributesBehind(message, ADDRESS_LENGTH), ADDRESS);
  const { memory: { view }, start } = message;
  const bytes = values.local ?? values.address;
  const family = view.getUint8(start);
  const length = family === AF.ipv4 ? 4 : family === AF.ipv6 ? 16 : 0;
  if (length === 0 || bytes?.length !== length) return undefined;
  // The header has room for the lowest eight flags only.
  const flags = values.flags ?? view.getUint8(start + 2);
  const scope = view.getUint8(start + 3);
  const { label, protocol } = values;
  return {
    index: view.getUint32(start + 4, true),
    address: addressFromBytes(bytes),
    prefixLength: view.getUint8(start + 1),
    ...(label === undefined ? {} : { label }),
    scope: length === 16 ? "global" : VIP_SCOPES.find((name) => RT_SCOPE[name] === scope) ?? "global",
    dad: length === 16 && (flags & IFA_F.NODAD) === 0,
    prefixRoute: (flags & IFA_F.NOPREFIXROUTE) === 0,
    state: (flags & IFA_F.DADFAILED) !== 0 ? "duplicate" : (flags & IFA_F.TENTATIVE) !== 0 ? "tentative" : "up",
    ...(protocol === undefined ? {} : { protocol }),
  };
}

/** Writes an interface that is to be made; its header is empty, for the kernel chooses its number. */
export function encodeNewLink(writer: MessageWriter, { name, kind }: NewLink): void {
  writer.append(new Uint8Array(LINK_LENGTH));
  writer.attributes(LINK, { name });
  const info = writer.beginNested(LINK.info.type);
  writer.attributes(LINK_INFO, { kind });
  writer.endNested(info);
}

/** Writes the interface of that number, to be deleted. */
export function encodeLink(writer: MessageWriter, index: number): void {
  writer.append(linkHeader({ index, flags: 0, mask: 0 }));
}

/** Writes the interface of that number, to be brought up or down. */
export function encodeLinkState(writer: MessageWriter, { index, isUp }: Pick<Link, "index" | "isUp">): void {
  writer.append(linkHeader({ index, flags: isUp ? IFF.UP : 0, mask: IFF.UP }));
}

function linkHeader(fields: { readonly index: number; readonly flags: number; readonly mask: number }): Uint8Array {
  const header = new Uint8Array(LINK_LENGTH);
  const view = new DataView(header.buffer);
  view.setInt32(4, fields.index, true);
  view.setUint32(8, fields.flags, true);
  view.setUint32(12, fields.mask, true);
  return header;
}

/** Writes a VIP that is to be added to the interface of that number, marked by who adds it. */
export function encodeAddition(
  writer: MessageWriter,
  { vip, index, protocol }: PlacedVip & { readonly protocol: number },
): void {
  const flags = (vip.prefixRoute ? 0 : IFA_F.NOPREFIXROUTE) | (isIpv6(vip.address) && !vip.dad ? IFA_F.NODAD : 0);
  writer.append(addressHeader(vip, { index, flags, scope: RT_SCOPE[vip.scope] }));
  const bytes = addressBytes(vip.address);
  writer.attributes(ADDRESS, {
    address: bytes,
    local: bytes,
    ...(vip.label === undefined ? {} : { label: vip.label }),
    flags,
    protocol,
  });
}

/** Writes a VIP that is to be deleted from the interface of that number: no more than it is found by. */
export function encodeDeletion(writer: MessageWriter, { vip, index }: PlacedVip): void {
  writer.append(addressHeader(vip, { index, flags: 0, scope: 0 }));
  const bytes = addressBytes(vip.address);
  writer.attributes(ADDRESS, { address: bytes, local: bytes });
}

function addressHeader(
  { address, prefixLength }: Pick<Vip, "address" | "prefixLength">,
  more: { readonly index: number; readonly flags: number; readonly scope: number },
): Uint8Array {
  const header = new Uint8Array(ADDRESS_LENGTH);
  const view = new DataView(header.buffer);
  header.set([AF[addressFamily(address)], prefixLength, more.flags & 0xff, more.scope]);
  view.setUint32(4, more.index, true);
  return header;
}

function isIpv6(address: IpAddress): boolean {
  return addressFamily(address) === "ipv6";
}
