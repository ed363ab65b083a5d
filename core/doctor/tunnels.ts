import { addressFamily, tunnelOverhead } from "../model/mod.ts";
import type { Facts } from "./facts.ts";
import { commands, type Finding, listNames } from "./finding.ts";
import { serversBy, serviceAddresses } from "./servers_by.ts";

/** The MTU of Ethernet, used if the interface is unknown. */
const DEFAULT_MTU = 1500;

/** A tunnelled server, with the largest packet that fits. */
interface Tunnelled {
  readonly address: string;
  readonly mtu: number;
  readonly inner: number;
}

/** The tunnels to real servers: their source, and the packets that fit into them. */
export function examineTunnels(facts: Facts): Finding[] {
  return [...examineSources(facts), ...examineSizes(facts)];
}

/** Packets that leave with a VIP as their source, which the real servers have too. */
function examineSources({ services, network }: Facts): Finding[] {
  const vips = new Set(serviceAddresses(services));
  const servers = serversBy(services, ({ forward }) => forward === "dr" || forward === "tun").flatMap((server) => {
    const { source } = network?.routes.get(server.address) ?? {};
    return source !== undefined && vips.has(source) ? [{ ...server, source }] : [];
  });
  const groups = Map.groupBy(servers, ({ forward, source }) => `${forward} ${source}`);
  return [...groups.values()].flatMap((its): Finding[] => {
    const [first] = its;
    if (first === undefined) return [];
    const { forward, source } = first;
    const names = listNames(its.map(({ address }) => address));
    const device = network?.addresses.find(({ address }) => address === source)?.device;
    return [{
      id: "vip-source",
      // With dr the clients' packets keep their source, so only checks fail.
      severity: forward === "tun" ? "error" : "note",
      object: names,
      what: `the director's own packets to ${names} (${forward}) have the source ${source}, a VIP`,
      why: `these servers have that address too, and drop packets from it: ${
        forward === "tun" ? "the tunnels carry nothing, and checks fail" : "checks by lvsctl fail"
      }`,
      fix: device === undefined || addressFamily(source) === "ipv4"
        ? undefined
        : commands(`ip -6 address change ${source}/128 dev ${device} preferred_lft 0`),
    }];
  });
}

/** The sizes of packets that fit into the tunnels. */
function examineSizes({ services, table, network, desired = [] }: Facts): Finding[] {
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
