import { addressBytes, addressFamily, type IpAddress } from "../model/mod.ts";
import type { RouterSettings } from "./settings.ts";

/** Settings that decide about the source of a router's packets. */
export type SourceSettings = Pick<RouterSettings, "family" | "source" | "peers">;

/**
 * The source of a router's packets; undefined if its interface has no suitable address.
 *
 * @param own Addresses of the interface in the kernel's order, without virtual ones.
 * @param settings The configured source is the only suitable one. Without it the group has the first address, of IPv6 the
 * first link-local one, and peers have the one that is nearest to the first of them.
 */
export function chooseSource(
  own: readonly IpAddress[],
  { family, source, peers }: SourceSettings,
): IpAddress | undefined {
  const candidates = own.filter((address) => addressFamily(address) === family);
  if (source !== undefined) return candidates.find((address) => address === source);
  const [peer] = peers;
  const isLocal = peer === undefined || isLinkLocal(peer);
  const suitable = family === "ipv4" ? candidates : candidates.filter((address) => isLinkLocal(address) === isLocal);
  if (peer === undefined) return suitable[0];
  const lengths = suitable.map((address) => commonBits(address, peer));
  return suitable[lengths.indexOf(Math.max(...lengths))];
}

/** The missing source of a router in words. */
export function describeSource({ family, source, peers }: SourceSettings): string {
  if (source !== undefined) return `address ${source}`;
  if (family === "ipv4") return "IPv4 address of its own";
  return peers.every(isLinkLocal) ? "usable link-local address of its own" : "usable global IPv6 address of its own";
}

function isLinkLocal(address: IpAddress): boolean {
  return /^fe[89ab]/.test(address);
}

/** Number of bits at the beginning that two addresses of a family share. */
function commonBits(one: IpAddress, other: IpAddress): number {
  const bytes = addressBytes(other);
  const differences = [...addressBytes(one)].map((byte, index) => byte ^ (bytes[index] ?? 0));
  const equal = differences.findIndex((difference) => difference !== 0);
  return equal < 0 ? differences.length * 8 : equal * 8 + Math.clz32(differences[equal] ?? 0) - 24;
}
