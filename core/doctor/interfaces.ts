import { addressFamily } from "../model/mod.ts";
import { interfaceSysctl } from "../host/mod.ts";
import type { AddressFacts, Facts, LinkFacts } from "./facts.ts";
import { agree, commands, commandsFor, type Finding, fine, listNames, setting } from "./finding.ts";
import { serversBy, serviceAddresses } from "./servers_by.ts";

/** Settings of the interfaces of VIPs and real servers for IPv4 packets and ARP. */
export function examineInterfaces(facts: Facts): Finding[] {
  return [
    ...examineRedirects(facts),
    ...examineIpv6Redirects(facts),
    ...examineReversePaths(facts),
    ...examineArp(facts),
  ];
}

/** The IPv4 VIPs on interfaces. */
function vipAddresses({ network, services }: Facts): readonly AddressFacts[] {
  const vips = new Set(serviceAddresses(services));
  return (network?.addresses ?? []).filter(({ address }) => vips.has(address) && addressFamily(address) === "ipv4");
}

function valueOf({ sysctls }: Facts, device: string, key: string): number | undefined {
  const value = sysctls.get(interfaceSysctl("ipv4", { device, key }));
  return value === undefined ? undefined : Number(value);
}

/** The effective value: the kernel uses the greater one of the interface's and that of `all`. */
function greaterOf(facts: Facts, device: string, key: string): number | undefined {
  const values = [device, "all"].map((one) => valueOf(facts, one, key)).filter((value) => value !== undefined);
  return values.length === 0 ? undefined : Math.max(...values);
}

/** ICMP redirects to nat servers on the link of the clients: with them the servers answer past the director. */
function examineRedirects(facts: Facts): Finding[] {
  const id = "send-redirects";
  const vipDevices = new Set(vipAddresses(facts).map(({ device }) => device));
  const nat = serversBy(
    facts.services,
    ({ forward, address }) => forward === "nat" && addressFamily(address) === "ipv4",
  );
  const devices = new Set(nat.flatMap(({ address }) => facts.network?.routes.get(address)?.device ?? []));
  return [...devices].filter((device) => vipDevices.has(device)).flatMap((device): Finding[] => {
    const value = greaterOf(facts, device, "send_redirects");
    if (value === undefined) return [];
    if (value === 0) return [fine(id, "it sends no redirects", { object: device })];
    return [{
      id,
      severity: "warning",
      object: device,
      what: `the director sends ICMP redirects on ${device}, which has both VIPs and nat servers`,
      why:
        "they show a server the shorter route to a client, past the director; the client does not know the sender of " +
        "such an answer and resets the connection",
      // Either of the two enables them.
      fix: setting(...["all", device].map((one): [string, string] => [
        interfaceSysctl("ipv4", { device: one, key: "send_redirects" }),
        "0",
      ])),
    }];
  });
}

/** ICMPv6 redirects to nat servers on the link of the VIPs, which no sysctl of the director turns off. */
function examineIpv6Redirects({ network, services }: Facts): Finding[] {
  const vips = new Set(serviceAddresses(services));
  const vipDevices = new Set(
    (network?.addresses ?? []).filter(({ address }) => vips.has(address)).map(({ device }) => device),
  );
  const nat = serversBy(
    services,
    ({ forward, address }) => forward === "nat" && addressFamily(address) === "ipv6",
  );
  const devices = new Set(nat.flatMap(({ address }) => network?.routes.get(address)?.device ?? []));
  return [...devices].filter((device) => vipDevices.has(device)).map((device): Finding => ({
    id: "send-redirects",
    severity: "note",
    object: device,
    what: `the director sends ICMPv6 redirects on ${device}, which has both VIPs and nat servers; no sysctl stops that`,
    why: "servers that accept them answer clients past the director, so clients get no answers; on the servers set " +
      "net.ipv6.conf.all.accept_redirects and that of the interface to 0, or drop the redirects here",
    fix: commands(`ip6tables -A OUTPUT -o ${device} -p icmpv6 --icmpv6-type redirect -j DROP`),
  }));
}

/** Packets of clients that arrive on another interface than the route back to them uses. */
function examineReversePaths(facts: Facts): Finding[] {
  const id = "rp-filter";
  const exits = facts.defaultDevices.ipv4;
  const links = new Map((facts.network?.links ?? []).map((link) => [link.name, link]));
  const devices = new Set(vipAddresses(facts).map(({ device }) => device));
  return [...devices].flatMap((device): Finding[] => {
    const value = greaterOf(facts, device, "rp_filter");
    // Packets to an address on lo arrive on any interface.
    if (value === undefined || links.get(device)?.hasNeighbours !== true) return [];
    if (value !== 1 || exits.length === 0 || exits.includes(device)) {
      return [fine(id, `${device} accepts packets from any source`, { object: device })];
    }
    return [{
      id,
      severity: "warning",
      object: device,
      what: `${device} has VIPs and a strict rp_filter, and the default route uses ${listNames(exits)}`,
      why:
        "the kernel drops packets of clients that arrive there, because the route back to them uses another interface",
      fix: setting([interfaceSysctl("ipv4", { device, key: "rp_filter" }), "2"]),
    }];
  });
}

/** VIPs for which the director does not answer ARP requests. */
function examineArp(facts: Facts): Finding[] {
  const byAddress = Map.groupBy(vipAddresses(facts), ({ address }) => address);
  // VIPs on the same interfaces share a finding.
  const groups = Map.groupBy(byAddress.values(), (places) => places.map(({ device }) => device).join(" "));
  return [...groups.values()].flatMap((its): Finding[] => {
    const [places = []] = its;
    const addresses = its.flatMap(([place]) => place === undefined ? [] : [place.address]);
    const answers = places.map(({ device }) => ({ device, ...arpAnswers(facts, device) }));
    if (answers.every(({ isAnswered }) => isAnswered === undefined)) return [];
    const id = "arp-ignore";
    if (answers.some(({ isAnswered }) => isAnswered === true)) {
      return addresses.map((address) => fine(id, "the director answers ARP requests for it", { object: address }));
    }
    const devices = places.map(({ device }) => device);
    const silent = answers.filter(({ isOnLink }) => isOnLink).map(({ device }) => device);
    const settings = [...silent, "all"].filter((one) => (valueOf(facts, one, "arp_ignore") ?? 0) >= NO_ANSWERS)
      .map((one): [string, string] => [interfaceSysctl("ipv4", { device: one, key: "arp_ignore" }), "0"]);
    const [link] = neighbourLinks(facts);
    return [{
      id,
      severity: "warning",
      object: listNames(addresses),
      what: `${listNames(addresses)} ${agree(addresses, ["is", "are"])} on ${
        listNames(devices)
      }, and arp_ignore keeps the director from answering ARP requests for ${agree(addresses, ["it", "them"])}`,
      why: "clients and routers on the link do not find the VIP, unless it is routed to the director",
      fix: silent.length > 0
        ? setting(...settings)
        : link === undefined
        ? undefined
        : commandsFor(addresses, (address) => [`lvsctl vip add ${address} --device ${link.name} --force`]),
    }];
  });
}

/** The value of arp_ignore from which no request is answered; from 1, only those for the interface's own addresses. */
const NO_ANSWERS = 8;

function neighbourLinks({ network }: Facts): readonly LinkFacts[] {
  return (network?.links ?? []).filter(({ isUp, hasNeighbours }) => isUp && hasNeighbours);
}

/** Whether the director answers ARP requests for an address; undefined if the settings are unknown. */
function arpAnswers(
  facts: Facts,
  device: string,
): { readonly isOnLink: boolean; readonly isAnswered: boolean | undefined } {
  const links = neighbourLinks(facts);
  const isOnLink = links.some(({ name }) => name === device);
  const limit = isOnLink ? NO_ANSWERS : 1;
  const values = links.filter(({ name }) => !isOnLink || name === device)
    .map(({ name }) => greaterOf(facts, name, "arp_ignore"))
    .filter((value) => value !== undefined);
  return { isOnLink, isAnswered: values.length === 0 ? undefined : values.some((value) => value < limit) };
}
