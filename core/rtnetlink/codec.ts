import {
  addressBits,
  addressBytes,
  addressFamily,
  addressFromBytes,
  defined,
  type PresentVip,
  type Vip,
  VIP_SCOPES,
} from "../model/mod.ts";
import { decodeAttributes, type Message, type MessageWriter } from "../netlink/mod.ts";
import { AF, ARPHRD_ETHER, ARPHRD_LOOPBACK, IFA_F, IFF, RT_SCOPE } from "./constants.ts";
import { attributesAfter } from "./route_connection.ts";
import { ADDRESS, LINK, LINK_INFO, MACVLAN } from "./tables.ts";

/** A network interface. */
export interface Link {
  /** Number of the interface in the kernel. */
  readonly index: number;
  /** Name of the interface. */
  readonly name: string;
  /** Whether it is up. */
  readonly isUp: boolean;
  /** Whether its hosts look up each other's hardware addresses: Ethernet, without NOARP. */
  readonly hasNeighbours: boolean;
  /** Hardware address; empty without one. */
  readonly hardwareAddress: Uint8Array;
  /** Largest packet; bytes. */
  readonly mtu: number;
  /** Kind of a virtual interface: "dummy", "ipip", "veth"; undefined for a physical one. */
  readonly kind?: string;
  /** Whether it is the loopback interface. */
  readonly isLoopback: boolean;
}

/** An interface to create. */
export interface NewLink {
  /** Name of the interface. */
  readonly name: string;
  /** Kind: "dummy", "ipip", "gre"... A tunnel accepts packets from any host, to any address of this one. */
  readonly kind: string;
}

/** An interface to create with a hardware address of its own on another one; it exchanges no packets with that one. */
export interface NewMacvlan {
  /** Name of the interface. */
  readonly name: string;
  /** Number of the interface below. */
  readonly parent: number;
  /** Its hardware address. */
  readonly hardwareAddress: Uint8Array;
}

/** An address in the kernel's list, with the number of its interface. */
export interface ListedAddress extends Omit<PresentVip, "device" | "owned"> {
  /** Number of the interface. */
  readonly index: number;
  /** Mark of the program that added it (IFA_PROTO); undefined without a mark, or before Linux 5.18. */
  readonly protocol?: number;
}

/** A VIP and the number of its interface. */
export interface PlacedVip {
  /** The VIP. */
  readonly vip: Vip;
  /** Number of the interface. */
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
  const values = decodeAttributes(attributesAfter(message, LINK_LENGTH), LINK);
  const { memory: { view }, start } = message;
  const flags = view.getUint32(start + 8, true);
  const hardware = view.getUint16(start + 2, true);
  const kind = values.info === undefined ? undefined : decodeAttributes(values.info, LINK_INFO).kind;
  return defined({
    index: view.getInt32(start + 4, true),
    name: values.name ?? "",
    isUp: (flags & IFF.UP) !== 0,
    hasNeighbours: hardware === ARPHRD_ETHER && (flags & IFF.NOARP) === 0,
    // A copy, because the message's memory is reused for the next one.
    hardwareAddress: values.address?.slice() ?? new Uint8Array(),
    mtu: values.mtu ?? 0,
    kind,
    isLoopback: hardware === ARPHRD_LOOPBACK,
  });
}

/**
 * Reads an address; `undefined` if its family is neither IPv4 nor IPv6.
 *
 * @throws {NetlinkDecodeError} If the message is cut off or a value has the wrong length.
 */
export function readAddress(message: Message): ListedAddress | undefined {
  const values = decodeAttributes(attributesAfter(message, ADDRESS_LENGTH), ADDRESS);
  const { memory: { view }, start } = message;
  const bytes = values.local ?? values.address;
  const family = view.getUint8(start);
  const length = family === AF.ipv4 ? 4 : family === AF.ipv6 ? 16 : 0;
  if (length === 0 || bytes?.length !== length) return undefined;
  // The header only has the lowest eight flags.
  const flags = values.flags ?? view.getUint8(start + 2);
  const scope = view.getUint8(start + 3);
  // Without defined(), because a director can have thousands of VIPs.
  const address: { -readonly [Name in keyof ListedAddress]: ListedAddress[Name] } = {
    index: view.getUint32(start + 4, true),
    address: addressFromBytes(bytes),
    prefixLength: view.getUint8(start + 1),
    scope: length === 16 ? "global" : VIP_SCOPES.find((name) => RT_SCOPE[name] === scope) ?? "global",
    dad: length === 16 && (flags & IFA_F.NODAD) === 0,
    prefixRoute: (flags & IFA_F.NOPREFIXROUTE) === 0,
    state: (flags & IFA_F.DADFAILED) !== 0 ? "duplicate" : (flags & IFA_F.TENTATIVE) !== 0 ? "tentative" : "up",
  };
  if (values.label !== undefined) address.label = values.label;
  if (values.protocol !== undefined) address.protocol = values.protocol;
  return address;
}

/** Writes a request to create an interface; its header is empty, because the kernel chooses the number. */
export function encodeNewLink(writer: MessageWriter, { name, kind }: NewLink): void {
  writer.append(new Uint8Array(LINK_LENGTH));
  writer.attributes(LINK, { name });
  const info = writer.beginNested(LINK.info.type);
  writer.attributes(LINK_INFO, { kind });
  writer.endNested(info);
}

/** Writes a request to create an interface of kind macvlan. */
export function encodeNewMacvlan(writer: MessageWriter, { name, parent, hardwareAddress }: NewMacvlan): void {
  writer.append(new Uint8Array(LINK_LENGTH));
  writer.attributes(LINK, { name, address: hardwareAddress, parent });
  const info = writer.beginNested(LINK.info.type);
  writer.attributes(LINK_INFO, { kind: "macvlan" });
  const data = writer.beginNested(LINK_INFO.data.type);
  writer.attributes(MACVLAN, { mode: MACVLAN_MODE_VEPA });
  writer.endNested(data);
  writer.endNested(info);
}

/**
 * Mode of a macvlan (linux/if_link.h) that exchanges no packets with others on the same interface. A private one also takes
 * away all packets from the interface below that come from its own hardware address, as those of another active director do.
 */
const MACVLAN_MODE_VEPA = 2;

/** Writes a request to delete the interface of a number. */
export function encodeLink(writer: MessageWriter, index: number): void {
  writer.append(linkHeader({ index, flags: 0, mask: 0 }));
}

/** Writes a request to bring the interface of a number up or down. */
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

/** Writes a request to add a VIP to the interface of a number, with the mark of the program. */
export function encodeAddition(
  writer: MessageWriter,
  { vip, index, protocol }: PlacedVip & { readonly protocol: number },
): void {
  const skipsDad = addressFamily(vip.address) === "ipv6" && !vip.dad;
  const flags = (vip.prefixRoute ? 0 : IFA_F.NOPREFIXROUTE) | (skipsDad ? IFA_F.NODAD : 0);
  writer.append(addressHeader(vip, { index, flags, scope: RT_SCOPE[vip.scope] }));
  const bytes = addressBytes(vip.address);
  const lifetimes = isHostOfIpv6(vip) ? NOT_PREFERRED : undefined;
  writer.attributes(ADDRESS, defined({ address: bytes, local: bytes, label: vip.label, lifetimes, flags, protocol }));
}

/**
 * The lifetimes of an address that the kernel does not choose as a source: preferred for 0 seconds, and valid for ever.
 * An IPv6 address without others in its prefix would be the source of the director's own packets to real servers.
 */
const NOT_PREFERRED = Uint8Array.of(0, 0, 0, 0, 255, 255, 255, 255, 0, 0, 0, 0, 0, 0, 0, 0);

function isHostOfIpv6({ address, prefixLength }: Vip): boolean {
  return addressFamily(address) === "ipv6" && prefixLength === addressBits("ipv6");
}

/** Writes a request to delete a VIP from the interface of a number, with its identity only. */
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
