import { type AddressFamily, addressFamily, defined, type IpAddress, type Tunnel } from "../model/mod.ts";
import type { NewLink } from "../rtnetlink/mod.ts";

/** The tunnel between director and real server: see {@linkcode Tunnel}. */
export type RealServerTunnel = Pick<Tunnel, "type" | "port">;

/** The set-up of one VIP. */
export interface VipSetup {
  /** The VIP. */
  readonly address: IpAddress;
  /** The tunnel of its packets; undefined for direct routing. */
  readonly tunnel?: RealServerTunnel | undefined;
  /** The interface of the VIP: lo, a dummy, or the tunnel's. */
  readonly device: string;
}

/** The default UDP port of GUE tunnels (IANA: gue). */
export const DEFAULT_GUE_PORT = 6080;

/**
 * The interface that receives the packets of a tunnel: the kernel's fallback device, which accepts packets of any host
 * that no other tunnel accepts. A tunnel with a fixed peer would not fit, because there may be several directors, and
 * their addresses may change.
 */
export function tunnelLink(type: RealServerTunnel["type"], family: AddressFamily): NewLink {
  if (family === "ipv4") return type === "gre" ? { name: "gre0", kind: "gre" } : { name: "tunl0", kind: "ipip" };
  return type === "gre" ? { name: "ip6gre0", kind: "ip6gre" } : { name: "ip6tnl0", kind: "ip6tnl" };
}

/** The tunnel interface of one VIP; undefined for direct routing. */
export function linkOfSetup({ address, tunnel }: Pick<VipSetup, "address" | "tunnel">): NewLink | undefined {
  return tunnel === undefined ? undefined : tunnelLink(tunnel.type, addressFamily(address));
}

/** Adds the default interface to a set-up without one. */
export function completeSetup(
  { address, tunnel, device }: Omit<VipSetup, "device"> & { readonly device?: string | undefined },
): VipSetup {
  // A tunnel's own interface, because loose reverse-path filtering needs an address on it: see requirementsOf().
  return defined({ address, tunnel, device: device ?? linkOfSetup({ address, tunnel })?.name ?? "lo" });
}

/** Adds set-ups; they replace earlier ones of the same VIPs. */
export function withSetups(setups: readonly VipSetup[], added: readonly VipSetup[]): readonly VipSetup[] {
  return [...setups.filter(({ address }) => !added.some((other) => other.address === address)), ...added];
}
