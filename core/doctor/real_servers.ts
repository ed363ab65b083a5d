import { addressFamily, formatServerId, formatServiceId, type IpAddress } from "../model/mod.ts";
import type { Facts, NetworkFacts, RouteFacts, ServerFacts, ServiceFacts } from "./facts.ts";
import { agree, commands, commandsFor, counted, type Finding, fine, listNames } from "./finding.ts";
import { serversBy } from "./servers_by.ts";

/** Routes to the real servers, as their forwarding methods require, and routes back. */
export function examineRealServers(facts: Facts): Finding[] {
  const { network, services } = facts;
  if (network === undefined) return [];
  const servers = serversBy(services, ({ forward }) => forward === "nat" || forward === "dr" || forward === "tun");
  return [
    ...examineRoutes(servers, facts, network),
    ...examineNeighbours(servers, network),
    ...examineReturnPaths(servers, network),
  ];
}

/** A server and the route to it. */
interface Reached {
  readonly server: ServerFacts;
  readonly route: RouteFacts;
}

function addressesOf(servers: readonly ServerFacts[]): string {
  return listNames([...new Set(servers.map(({ address }) => address))]);
}

function examineRoutes(servers: readonly ServerFacts[], { services }: Facts, network: NetworkFacts): Finding[] {
  const reached = servers.flatMap((server): Reached[] => {
    const route = network.routes.get(server.address);
    return route === undefined ? [] : [{ server, route }];
  });
  // Servers of dr must be on the link, so their fix is another one.
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
        what: `${addressesOf(those)} ${
          those.length === 1 ? "uses" : "use"
        } dr, but the route leads through a router, ${problem}`,
        why:
          "dr keeps the VIP as the destination and only addresses the frame to the server, so a router sends the packet " +
          "back; the server must be on a link of the director, or use tun",
        fix: commands(...movesToTun(services, new Set(those.map(({ address }) => address)))),
      }];
    }
    return [{
      id: "server-unreachable",
      severity: "error",
      object: addressesOf(those),
      what: `there is no route to ${addressesOf(those)} (${forward}): ${problem}`,
      why: "clients that are sent there get no answer",
      fix: commands(`ip route add ${address} ${forward === "dr" ? "dev DEVICE" : "via ROUTER"}`),
    }];
  });
}

/** The most commands of one finding. */
const MAX_COMMANDS = 10;

/** The commands that change the forwarding method of servers from dr to tun. */
function movesToTun(services: readonly ServiceFacts[], addresses: ReadonlySet<IpAddress>): string[] {
  const edits = services.flatMap(({ id, servers }) =>
    servers.filter(({ address, forward }) => forward === "dr" && addresses.has(address)).map((server) =>
      `lvsctl server edit ${formatServiceId(id)} ${formatServerId(server)} --forward tun`
    )
  );
  return edits.slice(0, MAX_COMMANDS);
}

/** The problem of the route to a server; servers with the same problem share a finding. */
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

/** Servers, or the routers to them, that do not answer ARP or neighbour discovery. */
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
  // A router has a finding of its own; servers on one link share theirs.
  const groups = Map.groupBy(silent.values(), ({ hop, device, behind }) => {
    const isServer = behind.length === 1 && behind[0] === hop;
    return isServer ? `${addressFamily(hop)} ${device}` : `${hop} ${device}`;
  });
  return [...groups.values()].flatMap((its): Finding[] => {
    const [first] = its;
    if (first === undefined) return [];
    const { hop, device, behind } = first;
    const isServer = behind.length === 1 && behind[0] === hop;
    const protocol = addressFamily(hop) === "ipv4" ? "ARP" : "neighbour discovery";
    const hops = its.map((each) => each.hop);
    return [{
      id,
      severity: "warning",
      object: listNames(hops),
      what: `${listNames(hops)} ${agree(hops, ["does", "do"])} not answer ${protocol} on ${device}${
        isServer ? "" : `, and is the router to ${listNames(behind)}`
      }`,
      why: `${agree(hops, ["it is", "they are"])} down, or not on that link; clients that are sent there get no answer`,
      fix: commandsFor(hops, (one) => [`ip neigh show ${one} dev ${device}`, `ping -c 1 ${one}`]),
    }];
  });
}

/** The routes back from nat servers, which only the servers know. */
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
      what: `whether answers of ${those} return through the director is visible only there`,
      why: "they must, because the director puts the VIP into them; " +
        (gateway === undefined
          ? `on each of the servers, the kernel's route to a client must be "via ${source}"`
          : `on each of the servers, and on each router from there to the director (${gateway} is the nearest), the ` +
            "kernel's route to a client must lead to the next router, and at the last one to the director"),
      fix: commands(`ip${family} route get CLIENT`),
    }];
  });
}
