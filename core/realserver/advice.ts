import { addressFamily, ipHeaderBytes, tunnelOverhead } from "../model/mod.ts";
import type { Link } from "../rtnetlink/mod.ts";
import { isHidden } from "./objections.ts";
import { linkOfSetup, type VipSetup } from "./setup.ts";

const TCP_BYTES = 20;

/** The MTU of Ethernet, used if no interface with neighbours is up. */
const DEFAULT_MTU = 1500;

/**
 * Advice on what set-ups leave to the administrator, one sentence each.
 *
 * @param links The machine's interfaces; the smallest MTU of the interfaces with neighbours counts.
 */
export function adviceFor(setups: readonly VipSetup[], links: readonly Link[]): readonly string[] {
  const mtus = links.filter((link) => link.isUp && link.hasNeighbours && !isHidden(link)).map(({ mtu }) => mtu);
  const mtu = mtus.length === 0 ? DEFAULT_MTU : Math.min(...mtus);
  const advice = new Set(setups.flatMap((setup): readonly string[] => {
    const link = linkOfSetup(setup);
    if (setup.tunnel === undefined || link === undefined) return [];
    const family = addressFamily(setup.address);
    const overhead = tunnelOverhead(family, setup.tunnel.type);
    const segment = mtu - overhead - ipHeaderBytes(family) - TCP_BYTES;
    const route = family === "ipv4" ? "ip route change default ..." : "ip -6 route change default ...";
    return [
      `${setup.tunnel.type} over ${
        family === "ipv4" ? "IPv4" : "IPv6"
      } makes packets ${overhead} bytes longer: with an ` +
      `MTU of ${mtu}, limit the TCP segments of clients to ${segment} bytes with "${route} advmss ${segment}" here`,
      `${link.name} accepts tunnelled packets from any host: let the firewall accept them from the directors only`,
    ];
  }));
  return [...advice];
}
