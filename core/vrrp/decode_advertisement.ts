import { addressFromBytes, type IpAddress } from "../model/mod.ts";
import {
  type Advertisement,
  AUTHENTICATION,
  type Carrier,
  type ChecksumForm,
  HEADER_LENGTH,
  INTERVAL_UNIT_MS,
  isIpv6,
  messageChecksum,
  PASSWORD_LENGTH,
  TYPE_ADVERTISEMENT,
  VRRP_GROUP,
} from "./advertisement.ts";

/** Why a message is discarded before it is compared with an instance. */
export type Malformation =
  | "packet"
  | "length"
  | "version"
  | "type"
  | "checksum"
  | "vrid"
  | "no-address"
  | "interval"
  | "authentication"
  | "link-local";

/** A received message without its content. */
export interface Discarded {
  /** Why it is discarded. */
  readonly malformation: Malformation;
}

/** A message that is valid by itself. */
export interface Decoded extends Carrier {
  /** Its content; the password is in `passwordBytes`, because it can be any bytes. */
  readonly advertisement: Omit<Advertisement, "password">;
  /** The authentication data of version 2; undefined if the message has no authentication. */
  readonly passwordBytes?: Uint8Array;
  /** Time to live or hop limit with which the packet arrived. */
  readonly hopLimit: number;
}

/** A received message with the ends of its packet. */
export interface ReceivedMessage extends Carrier {
  /** The payload of the packet; only read during the call. */
  readonly message: Uint8Array;
  /** Time to live or hop limit with which the packet arrived. */
  readonly hopLimit: number;
}

/** Reads an advertisement; never throws, whatever the bytes are. */
export function decodeAdvertisement(received: ReceivedMessage): Decoded | Discarded {
  const { message, source, destination, hopLimit } = received;
  if (message.length < HEADER_LENGTH) return { malformation: "length" };
  const [first = 0, vrid = 0, priority = 0, count = 0, high = 0, low = 0] = message;
  const version = first >> 4;
  const isOverIpv6 = isIpv6(received);
  if (version !== 3 && (version !== 2 || isOverIpv6)) return { malformation: "version" };
  if ((first & 0xf) !== TYPE_ADVERTISEMENT) return { malformation: "type" };
  const addressLength = isOverIpv6 ? 16 : 4;
  const end = HEADER_LENGTH + count * addressLength;
  if (message.length !== end + (version === 2 ? PASSWORD_LENGTH : 0)) return { malformation: "length" };
  if (!hasValidChecksum(received, version)) return { malformation: "checksum" };
  if (vrid === 0) return { malformation: "vrid" };
  if (count === 0) return { malformation: "no-address" };
  // The upper four bits of version 3 are reserved, and ignored.
  const interval = version === 2 ? low : (high & 0xf) << 8 | low;
  if (interval === 0) return { malformation: "interval" };
  const addresses = addressesIn(message.subarray(HEADER_LENGTH, end), addressLength);
  if (isOverIpv6 && !isLinkLocal(message.subarray(HEADER_LENGTH))) return { malformation: "link-local" };
  const intervalMs = interval * INTERVAL_UNIT_MS[version];
  const decoded: Decoded = {
    advertisement: { version, vrid, priority, intervalMs, addresses },
    source,
    destination,
    hopLimit,
  };
  if (version === 3 || high === AUTHENTICATION.none) return decoded;
  if (high !== AUTHENTICATION.password) return { malformation: "authentication" };
  return { ...decoded, passwordBytes: message.slice(end) };
}

/**
 * Whether the checksum is valid in one of its forms. Version 3 over IPv4 has two, and keepalived before 1.3.7 puts the
 * group into the pseudo header of unicast packets too.
 */
function hasValidChecksum(received: ReceivedMessage, version: VersionNumber): boolean {
  const { message, source, destination } = received;
  const matches = (form: ChecksumForm, to: IpAddress = destination): boolean =>
    messageChecksum(message, { source, destination: to, form }) === 0;
  if (version === 2) return matches("message");
  if (isIpv6(received)) return matches("pseudo-header");
  return matches("pseudo-header") || matches("message") ||
    (destination !== VRRP_GROUP.ipv4 && matches("pseudo-header", VRRP_GROUP.ipv4));
}

type VersionNumber = Advertisement["version"];

function addressesIn(bytes: Uint8Array, length: number): IpAddress[] {
  return Array.from(
    { length: bytes.length / length },
    (_, index) => addressFromBytes(bytes.subarray(index * length, (index + 1) * length)),
  );
}

function isLinkLocal([first = 0, second = 0]: Uint8Array): boolean {
  return first === 0xfe && (second & 0xc0) === 0x80;
}
