import { addressFamily, formatDuration, formatServiceId, type IpAddress } from "../model/mod.ts";
import type { Facts } from "./facts.ts";
import { commands, type Finding, listNames } from "./finding.ts";
import { ipvsSysctl } from "./ipvs_settings.ts";
import { serversBy } from "./servers_by.ts";

/** Clients that the director serves in another way than their users expect. */
export function examineClients(facts: Facts): Finding[] {
  return [...examineOwnRequests(facts), ...examineHairpins(facts), ...examineSilence(facts)];
}

/** Whether the director accepts packets to an address. */
function isOwn({ network }: Facts, address: IpAddress): boolean {
  return network?.routes.get(address)?.kind === "local" ||
    (network?.addresses.some((one) => one.address === address) ?? false);
}

/** Requests of the director to its own VIPs, whose source is the VIP, an address of the real server too. */
function examineOwnRequests(facts: Facts): Finding[] {
  const services = facts.services.filter(({ id, servers }) =>
    id.kind === "endpoint" && isOwn(facts, id.address) &&
    servers.some(({ forward }) => forward === "dr" || forward === "tun")
  );
  if (services.length === 0) return [];
  const names = listNames(services.map(({ id }) => formatServiceId(id)));
  return [{
    id: "own-requests",
    severity: "note",
    object: names,
    what: `requests of the director itself to ${names} time out`,
    why: "their source is the VIP, which is an address of the dr and tun servers too, so these drop them; test the " +
      "service from another host",
  }];
}

/** Clients on the link of nat servers, which answer them past the director. */
function examineHairpins({ network, services, sysctls }: Facts): Finding[] {
  if (network === undefined) return [];
  const vips = new Set(services.flatMap(({ id }) => id.kind === "endpoint" ? [id.address] : []));
  const vipDevices = new Set(network.addresses.filter(({ address }) => vips.has(address)).map(({ device }) => device));
  const servers = serversBy(services, ({ forward }) => forward === "nat").filter(({ address }) => {
    const route = network.routes.get(address);
    return route?.kind === "unicast" && route.gateway === undefined && vipDevices.has(route.device ?? "");
  });
  if (servers.length === 0) return [];
  const names = listNames([...new Set(servers.map(({ address }) => address))]);
  const conntrack = sysctls.get(ipvsSysctl("conntrack"));
  return [{
    id: "nat-hairpin",
    severity: "note",
    object: names,
    what: `${names}, by nat, and VIPs are on the same link: clients on it get no answers`,
    why:
      "the servers answer these clients directly, with their own addresses; on each server route the clients through " +
      "the director, or translate the clients' addresses too, which needs a MASQUERADE rule and " +
      `${ipvsSysctl("conntrack")} = 1${conntrack === undefined ? "" : ` (it is ${conntrack})`}`,
    fix: commands(...["ipv4", "ipv6"].flatMap((family) => {
      if (!servers.some(({ address }) => addressFamily(address) === family)) return [];
      return [`${family === "ipv6" ? "ip6tables" : "iptables"} -t nat -A POSTROUTING -m ipvs --ipvs -j MASQUERADE`];
    })),
  }];
}

const KEEPALIVE = "net.ipv4.tcp_keepalive_time";

/** TCP connections that the director forgets before keepalive tests them. */
function examineSilence({ table, services, sysctls }: Facts): Finding[] {
  const seconds = table?.timeouts?.tcpSeconds;
  const keepalive = Number(sysctls.get(KEEPALIVE));
  const isTcp = services.some(({ id }) => id.kind === "fwmark" || id.protocol === "tcp");
  if (!isTcp || seconds === undefined || seconds === 0 || !(keepalive >= seconds)) return [];
  return [{
    id: "tcp-keepalive",
    severity: "note",
    what: `the director forgets TCP connections that are silent for ${formatDuration(seconds * 1000)}, and keepalive ` +
      `begins after ${formatDuration(keepalive * 1000)}`,
    why:
      "later packets of such a connection are answered by a reset; the setting of the clients and the servers counts, " +
      "and is usually the same as here: make it shorter there, or the director's timeout longer",
    fix: commands(
      `sysctl -w ${KEEPALIVE}=${Math.max(1, Math.floor(seconds / 2))}`,
      `lvsctl timeouts --tcp ${keepalive + 60}s`,
    ),
  }];
}
