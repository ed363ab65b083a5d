import { addressBytes, type IpAddress, parseIpAddress } from "../model/mod.ts";
import { checksum, pseudoHeader } from "../rtnetlink/mod.ts";

/** Versions of the protocol: 2 is for old peers and IPv4 only. */
export type VrrpVersion = 2 | 3;

/** Number of the protocol in the header of IP. */
export const VRRP_PROTOCOL = 112;

/** The multicast groups of VRRP. */
export const VRRP_GROUP = { ipv4: parseIpAddress("224.0.0.18"), ipv6: parseIpAddress("ff02::12") } as const;

/** Priority of a router that stops. */
export const PRIORITY_STOP = 0;

/** Priority of the router that owns the addresses. */
export const PRIORITY_OWNER = 255;

/** The type of the only message of VRRP. */
export const TYPE_ADVERTISEMENT = 1;

/** Bytes before the addresses. */
export const HEADER_LENGTH = 8;

/** Bytes of the authentication data after the addresses of version 2. */
export const PASSWORD_LENGTH = 8;

/** Authentication types of version 2. */
export const AUTHENTICATION = { none: 0, password: 1 } as const;

/** Units of the interval on the wire; milliseconds. */
export const INTERVAL_UNIT_MS = { 2: 1000, 3: 10 } as const;

/** Largest interval on the wire, in its unit. */
export const MAX_INTERVAL = { 2: 255, 3: 4095 } as const;

/** What a router says about the virtual addresses. */
export interface Advertisement {
  /** Version of the message. */
  readonly version: VrrpVersion;
  /** Number of the virtual router, 1 to 255. */
  readonly vrid: number;
  /** Priority: {@linkcode PRIORITY_STOP}, {@linkcode PRIORITY_OWNER} or between. */
  readonly priority: number;
  /** Time between advertisements; milliseconds. */
  readonly intervalMs: number;
  /** The virtual addresses, all of one family. */
  readonly addresses: readonly IpAddress[];
  /** Password of version 2, as up to 8 bytes of text; undefined without authentication. */
  readonly password?: string | undefined;
}

/** Ends of the packet that carries a message. */
export interface Carrier {
  /** Source address. */
  readonly source: IpAddress;
  /** Destination address: the group, or a peer. */
  readonly destination: IpAddress;
}

/** What the checksum of a version 3 message over IPv4 covers: also the pseudo header (RFC 5798), or not (RFC 9568). */
export type ChecksumForm = "pseudo-header" | "message";

/**
 * Writes an advertisement as the payload of an IP packet.
 *
 * @param advertisement The content; the interval is rounded to the unit of the version.
 * @param options Ends of the packet, and the form of the checksum, which matters only for version 3 over IPv4.
 */
export function encodeAdvertisement(
  advertisement: Advertisement,
  options: Carrier & { readonly form: ChecksumForm },
): Uint8Array<ArrayBuffer> {
  const { version, vrid, priority, addresses, password, intervalMs } = advertisement;
  const interval = Math.round(intervalMs / INTERVAL_UNIT_MS[version]);
  const authentication = password === undefined ? AUTHENTICATION.none : AUTHENTICATION.password;
  const words = version === 2 ? [authentication, interval] : [interval >> 8, interval & 0xff];
  const bytes = Uint8Array.from([
    version << 4 | TYPE_ADVERTISEMENT,
    vrid,
    priority,
    addresses.length,
    ...words,
    0,
    0,
    ...addresses.flatMap((address) => [...addressBytes(address)]),
    ...version === 2 ? passwordBytes(password) : [],
  ]);
  const form = version === 2 ? "message" : isIpv6(options) ? "pseudo-header" : options.form;
  new DataView(bytes.buffer).setUint16(6, messageChecksum(bytes, { ...options, form }));
  return bytes;
}

/** The checksum of a message; 0 for one that has a valid checksum already. */
export function messageChecksum(
  message: Uint8Array,
  { source, destination, form }: Carrier & { readonly form: ChecksumForm },
): number {
  const ends = { source: addressBytes(source), destination: addressBytes(destination), protocol: VRRP_PROTOCOL };
  return checksum(form === "message" ? [...message] : [...pseudoHeader(ends, message.length), ...message]);
}

/** A password as the authentication data of a message. */
export function passwordBytes(password: string | undefined): readonly number[] {
  const bytes = new Uint8Array(PASSWORD_LENGTH);
  bytes.set(new TextEncoder().encode(password ?? "").subarray(0, PASSWORD_LENGTH));
  return [...bytes];
}

/** Whether a message is carried by IPv6. */
export function isIpv6({ destination }: Pick<Carrier, "destination">): boolean {
  return destination.includes(":");
}
