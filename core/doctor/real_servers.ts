import { addressFamily, type IpAddress } from "../model/mod.ts";
import type { Facts, NetworkFacts, RouteFacts, ServerFacts } from "./facts.ts";
import { byHand, counted, type Finding, fine, listNames } from "./finding.ts";
import { serversBy } from "./servers_by.ts";

/** Whether the real servers are reached as their forwarding method demands, and whether answers come back. */
export function examineRealServers(facts: Facts): Finding[] {
  const { network, services } = facts;
  if (network === undefined) return [];
  const servers = serversBy(services, ({ forward }) => forward === "nat" || forward === "dr" || forward === "tun");
  return [
    ...examineRoutes(servers, network),
    ...examineNeighbours(servers, network),
    ...examineReturnPaths(servers, network),
  ];
}

/** A server and the way to it. */
interface Reached {
  readonly server: ServerFacts;
  readonly route: RouteFacts;
}

function addressesOf(servers: readonly ServerFacts[]): string {
  return listNames([...new Set(servers.map(({ address }) => address))]);
}

function examineRoutes(servers: readonly ServerFacts[], network: NetworkFacts): Finding[] {
  const reached = servers.flatMap((server): Reached[] => {
    const route = network.routes.get(server.address);
    return route === undefined ? [] : [{ server, route }];
  });
  // What helps those of dr, which have to be on the link, is not what helps the others.
  const groups = Map.groupBy(reached, (one) => {
    const problem = routeProblem(one);
    return problem === "none" || one.server.forward !== "dr" ? problem : `dr ${problem}`;
  });
  return [...groups.values()].flatMap((its): Finding[] => {
    const those = its.map(({ server }) => server);
    const [first] = its;
    if (first === undefined) return [];
    const { address, forward } = first.server;
    const problem = routeProblem(first);
    if (problem === "none") return [fine("server-route", `${counted(its.length, "real server")} can be reached`)];
    if (problem.startsWith("via ")) {
      return [{
        id: "server-not-on-link",
        severity: "error",
        object: addressesOf(those),
        what: `${addressesOf(those)} ${those.length === 1 ? "gets its" : "get their"} packets by dr, but ${
          those.length === 1 ? "is" : "are"
        } reached through a router, ${problem}`,
        why:
          "dr leaves the VIP in the packets as the destination and only addresses the frame to the server, so that a " +
          "router sends them back; the server has to be on a link of the director's, or to get them by tun",
        fix: byHand(`lvsctl server edit SERVICE ${bracketed(address)}:PORT --forward tun`),
      }];
    }
    return [{
      id: "server-unreachable",
      severity: "error",
      object: addressesOf(those),
      what: `there is no way to ${addressesOf(those)} (${forward}): ${problem}`,
      why: "clients that are sent there get no answer",
      fix: byHand(`ip route add ${address} ${forward === "dr" ? "dev DEVICE" : "via ROUTER"}`),
    }];
  });
}

function bracketed(address: IpAddress): string {
  return addressFamily(address) === "ipv6" ? `[${address}]` : address;
}

/** What is wrong with the way to a server: servers of which it is the same are told of together. */
function routeProblem({ server, route }: Reached): string {
  switch (route.kind) {
    case "local":
      return "none";
    case "unicast":
      return server.forward === "dr" && route.gateway !== undefined
        ? `via ${route.gateway} on ${route.device ?? "?"}`
        : "none";
    case "unreachable":
      return "the kernel has no route";
    default:
      return `the route is of type ${route.kind}`;
  }
}

/** Servers, or the routers to them, that do not answer when they are asked for their hardware address. */
function examineNeighbours(servers: readonly ServerFacts[], network: NetworkFacts): Finding[] {
  const states = new Map(network.neighbours.map(({ address, device, state }) => [`${address} ${device}`, state]));
  const silent = new Map<string, { readonly hop: IpAddress; readonly device: string; readonly behind: IpAddress[] }>();
  let known = 0;
  for (const { address } of servers) {
    const route = network.routes.get(address);
    if (route?.kind !== "unicast" || route.device === undefined) continue;
    const hop = route.gateway ?? address;
    const key = `${hop} ${route.device}`;
    const state = states.get(key);
    if (state === "known") known++;
    if (state === undefined || state === "known") continue;
    const entry = silent.get(key) ?? { hop, device: route.device, behind: [] };
    silent.set(key, entry);
    if (!entry.behind.includes(address)) entry.behind.push(address);
  }
  const id = "neighbour";
  if (silent.size === 0) return known === 0 ? [] : [fine(id, `${counted(known, "real server")} answered on the link`)];
  return [...silent.values()].map(({ hop, device, behind }): Finding => {
    const [first] = behind;
    const isServer = behind.length === 1 && first === hop;
    const protocol = addressFamily(hop) === "ipv4" ? "ARP" : "neighbour discovery";
    return {
      id,
      severity: "warning",
      object: hop,
      what: `${hop} does not answer ${protocol} on ${device}${
        isServer ? "" : `, and is the router to ${listNames(behind)}`
      }`,
      why: "it is down, or not on that link; clients that are sent there get no answer",
      fix: byHand(`ip neigh show ${hop} dev ${device}`, `ping -c 1 ${hop}`),
    };
  });
}

/** Whether the answers of nat servers come by here shows on the servers only. */
function examineReturnPaths(servers: readonly ServerFacts[], network: NetworkFacts): Finding[] {
  const nat = servers.filter(({ forward }) => forward === "nat").flatMap((server): Reached[] => {
    const route = network.routes.get(server.address);
    return route?.kind === "unicast" ? [{ server, route }] : [];
  });
  const groups = Map.groupBy(nat, ({ route }) => `${route.source} ${route.gateway}`);
  return [...groups.values()].flatMap((its): Finding[] => {
    const [first] = its;
    if (first === undefined) return [];
    const { source = "the director's address", gateway } = first.route;
    const those = addressesOf(its.map(({ server }) => server));
    const family = addressFamily(first.server.address) === "ipv6" ? " -6" : "";
    return [{
      id: "nat-return-path",
      severity: "note",
      object: those,
      what: `whether the answers of ${those} come back through the director cannot be seen from here`,
      why: "they have to, for the director puts the VIP into them; " +
        (gateway === undefined
          ? `asked on each of the servers for the way to a client, the kernel has to say "via ${source}"`
          : `asked on each of the servers, and on the routers from there (${gateway} is the first from here), for the way ` +
            "to a client, the kernel has to name the next one, and the last of them the director"),
      fix: byHand(`ip${family} route get CLIENT`),
    }];
  });
}
