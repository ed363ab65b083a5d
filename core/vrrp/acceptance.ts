import { type IpAddress } from "../model/mod.ts";
import { INTERVAL_UNIT_MS, MAX_INTERVAL, passwordBytes, VRRP_GROUP } from "./advertisement.ts";
import type { Decoded, Malformation } from "./decode_advertisement.ts";
import type { RouterSettings } from "./settings.ts";

/** Hop limit of packets that no router has forwarded. */
const DIRECT_HOP_LIMIT = 255;

/** Why a router ignores a message. */
export type Refusal =
  | Malformation
  | "hop-limit"
  | "own-address"
  | "destination"
  | "peer"
  | "version-differs"
  | "password"
  | "interval-differs";

/** Refusals in words for the log. */
export const REFUSAL_WORDS: { readonly [reason in Refusal]?: string } = {
  "own-address": "it has this address too; give each director its own one",
  "hop-limit": "they have passed a router (hop limit below 255)",
  "destination": "one side uses peers, and the other the multicast group",
  "peer": "it is not one of the peers",
  "version-differs": "they have another version of VRRP",
  "password": "they have another password",
  "interval-differs": "they have another interval",
};

/**
 * Why a router ignores a valid message with its number; `undefined` if it accepts it.
 *
 * @param settings The router.
 * @param received The message.
 */
export function refusalOf(settings: RouterSettings, received: Decoded): Refusal | undefined {
  const { advertisement, source, destination, hopLimit, passwordBytes: password } = received;
  const isUnicast = settings.peers.length > 0;
  if (isUnicast ? isMulticast(destination) : !isGroup(destination)) return "destination";
  // A unicast message may have been routed, so its sender is checked instead.
  if (!isUnicast && hopLimit !== DIRECT_HOP_LIMIT) return "hop-limit";
  if (isUnicast && !settings.peers.includes(source)) return "peer";
  if (advertisement.version !== settings.version) return "version-differs";
  if (settings.version === 3) return undefined;
  if (!isSamePassword(settings.password, password)) return "password";
  return advertisement.intervalMs === intervalOnWire(settings) ? undefined : "interval-differs";
}

/** The interval of a router as its messages have it; milliseconds. */
export function intervalOnWire({ version, intervalMs }: Pick<RouterSettings, "version" | "intervalMs">): number {
  const unit = INTERVAL_UNIT_MS[version];
  return Math.min(MAX_INTERVAL[version], Math.max(1, Math.round(intervalMs / unit))) * unit;
}

function isMulticast(address: IpAddress): boolean {
  return address.startsWith("ff") || Number(address.split(".", 1)[0]) >= 224;
}

function isGroup(address: IpAddress): boolean {
  return address === VRRP_GROUP.ipv4 || address === VRRP_GROUP.ipv6;
}

function isSamePassword(own: string | undefined, received: Uint8Array | undefined): boolean {
  if (own === undefined || received === undefined) return own === received;
  return passwordBytes(own).every((byte, index) => byte === received[index]);
}
