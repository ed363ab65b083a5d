import { addressFamily } from "../model/mod.ts";
import type { Link } from "../rtnetlink/mod.ts";
import { isHidden } from "./objections.ts";
import { linkOfSetup, type VipSetup } from "./setup.ts";

/** Bytes that a tunnel puts before a packet, besides the outer IP header. */
const TUNNEL_BYTES = { ipip: 0, gre: 4, gue: 8 + 4 } as const;
const IP_BYTES = { ipv4: 20, ipv6: 40 } as const;
const TCP_BYTES = 20;

/** An Ethernet's, where the machine's own are not known. */
const DEFAULT_MTU = 1500;

/** Bytes by which a tunnel makes packets longer. */
export function tunnelOverhead({ address, tunnel }: VipSetup): number {
  return tunnel === undefined ? 0 : IP_BYTES[addressFamily(address)] + TUNNEL_BYTES[tunnel.type];
}

/**
 * What set-ups cannot do and an administrator has to know, a sentence each.
 *
 * @param links The machine's interfaces; the smallest MTU of those with neighbours counts.
 */
export function adviceFor(setups: readonly VipSetup[], links: readonly Link[]): readonly string[] {
  const mtus = links.filter((link) => link.isUp && link.hasNeighbours && !isHidden(link)).map(({ mtu }) => mtu);
  const mtu = mtus.length === 0 ? DEFAULT_MTU : Math.min(...mtus);
  const found = new Set(setups.flatMap((setup): readonly string[] => {
    const overhead = tunnelOverhead(setup);
    const link = linkOfSetup(setup);
    if (setup.tunnel === undefined || link === undefined) return [];
    const family = addressFamily(setup.address);
    const segment = mtu - overhead - IP_BYTES[family] - TCP_BYTES;
    const route = family === "ipv4" ? "ip route change default ..." : "ip -6 route change default ...";
    return [
      `${setup.tunnel.type} over ${
        family === "ipv4" ? "IPv4" : "IPv6"
      } makes packets ${overhead} bytes longer: with an ` +
      `MTU of ${mtu}, let clients send TCP segments of at the most ${segment} bytes, by "${route} advmss ${segment}" here`,
      `${link.name} takes tunnelled packets from any host: let the firewall pass them from the directors only`,
    ];
  }));
  return [...found];
}
