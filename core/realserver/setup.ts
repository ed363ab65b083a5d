import { type AddressFamily, addressFamily, type IpAddress, type Tunnel } from "../model/mod.ts";
import type { NewLink } from "../rtnetlink/mod.ts";

/** The tunnel that packets come out of: see {@linkcode Tunnel}. */
export type RealServerTunnel = Pick<Tunnel, "type" | "port">;

/** One VIP as a real server is to have it. */
export interface VipSetup {
  /** The VIP. */
  readonly address: IpAddress;
  /** The tunnel that its packets come through; undefined for direct routing. */
  readonly tunnel?: RealServerTunnel;
  /** The interface that is to have the VIP: lo, a dummy, or the tunnel's. */
  readonly device: string;
}

/** The UDP port of GUE tunnels where none is named (IANA: gue). */
export const DEFAULT_GUE_PORT = 6080;

/**
 * The interface that packets of a tunnel come out of. These are the kernel's fallback devices, which take what no other
 * tunnel takes, from any host: a director's address may change, and there may be several directors.
 */
export function tunnelLink(type: RealServerTunnel["type"], family: AddressFamily): NewLink {
  if (family === "ipv4") return type === "gre" ? { name: "gre0", kind: "gre" } : { name: "tunl0", kind: "ipip" };
  return type === "gre" ? { name: "ip6gre0", kind: "ip6gre" } : { name: "ip6tnl0", kind: "ip6tnl" };
}

/** The tunnel interface of one VIP; undefined for direct routing. */
export function linkOfSetup({ address, tunnel }: Pick<VipSetup, "address" | "tunnel">): NewLink | undefined {
  return tunnel === undefined ? undefined : tunnelLink(tunnel.type, addressFamily(address));
}

/** A set-up, and the interface where none was named. */
export function completeSetup(
  { address, tunnel, device }: Omit<VipSetup, "device"> & { readonly device?: string | undefined },
): VipSetup {
  const named = tunnel === undefined ? {} : { tunnel };
  // A tunnel's own interface, because loose reverse-path filtering needs an address on it: see requirementsOf().
  return { address, ...named, device: device ?? linkOfSetup({ address, ...named })?.name ?? "lo" };
}

/** The set-ups with some put in the place of those of the same VIPs. */
export function withSetups(setups: readonly VipSetup[], added: readonly VipSetup[]): readonly VipSetup[] {
  return [...setups.filter(({ address }) => !added.some((other) => other.address === address)), ...added];
}
