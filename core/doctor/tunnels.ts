import { addressFamily, tunnelOverhead } from "../model/mod.ts";
import type { Facts } from "./facts.ts";
import { type Finding, listNames } from "./finding.ts";

/** The MTU of Ethernet, used if the interface is unknown. */
const DEFAULT_MTU = 1500;

/** A tunnelled server, with the largest packet that fits. */
interface Tunnelled {
  readonly address: string;
  readonly mtu: number;
  readonly inner: number;
}

/** The sizes of packets that fit into the tunnels. */
export function examineTunnels({ services, table, network, desired = [] }: Facts): Finding[] {
  const kinds = new Map(
    [...(table?.entries ?? []), ...desired].flatMap(({ servers }) =>
      servers.map(({ address, tunnel }) => [address, tunnel.type] as const)
    ),
  );
  const links = new Map((network?.links ?? []).map((link) => [link.name, link]));
  const servers = services.flatMap((service) =>
    service.servers.filter(({ forward }) => forward === "tun").map(({ address }): Tunnelled => {
      const mtu = links.get(network?.routes.get(address)?.device ?? "")?.mtu ?? DEFAULT_MTU;
      return { address, mtu, inner: mtu - tunnelOverhead(addressFamily(address), kinds.get(address) ?? "ipip") };
    })
  );
  const groups = Map.groupBy(servers, ({ mtu, inner }) => `${mtu} ${inner}`);
  return [...groups.values()].flatMap((its): Finding[] => {
    const [first] = its;
    if (first === undefined) return [];
    const names = listNames([...new Set(its.map(({ address }) => address))]);
    return [{
      id: "tunnel-mtu",
      severity: "note",
      object: names,
      what: `packets of clients to ${names} (tun) fit with at most ${first.inner} of the link's ${first.mtu} bytes`,
      why:
        "the director answers larger ones with ICMP, which clients must get; the servers can limit the TCP segments, " +
        'as "lvsctl realserver setup VIP --forward tun --dry-run" advises there',
    }];
  });
}
