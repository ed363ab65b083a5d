import { addressFamily } from "../model/mod.ts";
import { interfaceSysctl } from "../host/mod.ts";
import type { AddressFacts, Facts, LinkFacts } from "./facts.ts";
import { byHand, type Finding, fine, listNames, setting } from "./finding.ts";
import { serversBy, serviceAddresses } from "./servers_by.ts";

/** How the interfaces of the VIPs and of the real servers treat IPv4 packets and ARP. */
export function examineInterfaces(facts: Facts): Finding[] {
  return [...examineRedirects(facts), ...examineReversePaths(facts), ...examineArp(facts)];
}

/** The IPv4 VIPs that interfaces have. */
function vipAddresses({ network, services }: Facts): readonly AddressFacts[] {
  const vips = new Set(serviceAddresses(services));
  return (network?.addresses ?? []).filter(({ address }) => vips.has(address) && addressFamily(address) === "ipv4");
}

function valueOf({ sysctls }: Facts, device: string, key: string): number | undefined {
  const value = sysctls.get(interfaceSysctl("ipv4", { device, key }));
  return value === undefined ? undefined : Number(value);
}

/** Of these, the kernel takes the greater of that of the interface and that of all. */
function greaterOf(facts: Facts, device: string, key: string): number | undefined {
  const values = [device, "all"].map((one) => valueOf(facts, one, key)).filter((value) => value !== undefined);
  return values.length === 0 ? undefined : Math.max(...values);
}

/** Clients, or the way to them, on the link of nat servers: told of the short way, these would take it. */
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
    if (value === 0) return [fine(id, "no redirects are sent", device)];
    return [{
      id,
      severity: "warning",
      object: device,
      what: `the director sends ICMP redirects on ${device}, where VIPs and nat servers are both`,
      why:
        "they tell a server of the shorter way to a client, past the director; the client takes such an answer for " +
        "nobody's and resets the connection",
      // One of the two is enough to send them.
      fix: setting(...["all", device].map((one): [string, string] => [
        interfaceSysctl("ipv4", { device: one, key: "send_redirects" }),
        "0",
      ])),
    }];
  });
}

/** Packets of clients that come in where the way back to them does not lead out. */
function examineReversePaths(facts: Facts): Finding[] {
  const id = "rp-filter";
  const exits = facts.defaultDevices.ipv4;
  const links = new Map((facts.network?.links ?? []).map((link) => [link.name, link]));
  const devices = new Set(vipAddresses(facts).map(({ device }) => device));
  return [...devices].flatMap((device): Finding[] => {
    const value = greaterOf(facts, device, "rp_filter");
    // What is on lo comes in by any interface.
    if (value === undefined || links.get(device)?.hasNeighbours !== true) return [];
    if (value !== 1 || exits.length === 0 || exits.includes(device)) {
      return [fine(id, `packets from anywhere are taken in by ${device}`, device)];
    }
    return [{
      id,
      severity: "warning",
      object: device,
      what: `${device} has VIPs and a strict rp_filter, and the default route leaves by ${listNames(exits)}`,
      why: "packets of clients that come in there are dropped, because the way back to them is another",
      fix: setting([interfaceSysctl("ipv4", { device, key: "rp_filter" }), "2"]),
    }];
  });
}

/** VIPs that the director does not tell the link about. */
function examineArp(facts: Facts): Finding[] {
  const byAddress = Map.groupBy(vipAddresses(facts), ({ address }) => address);
  return [...byAddress].flatMap(([address, places]): Finding[] => {
    const answers = places.map(({ device }) => ({ device, ...arpAnswers(facts, device) }));
    if (answers.every(({ isAnswered }) => isAnswered === undefined)) return [];
    const id = "arp-ignore";
    if (answers.some(({ isAnswered }) => isAnswered === true)) {
      return [fine(id, "the director answers ARP requests for it", address)];
    }
    const devices = places.map(({ device }) => device);
    const deaf = answers.filter(({ isOnLink }) => isOnLink).map(({ device }) => device);
    const settings = [...deaf, "all"].filter((one) => (valueOf(facts, one, "arp_ignore") ?? 0) >= ANSWERS_NOBODY)
      .map((one): [string, string] => [interfaceSysctl("ipv4", { device: one, key: "arp_ignore" }), "0"]);
    const [link] = neighbourLinks(facts);
    return [{
      id,
      severity: "warning",
      object: address,
      what: `${address} is on ${
        listNames(devices)
      }, and arp_ignore keeps the director from answering ARP requests for it`,
      why: "clients and routers on the link do not find the VIP, unless it is routed to the director",
      fix: deaf.length > 0
        ? setting(...settings)
        : byHand(`lvsctl vip add ${address} --device ${link?.name ?? "DEVICE"} --force`),
    }];
  });
}

/** From this value of arp_ignore on, no request is answered; from 1 on, only for addresses of the interface itself. */
const ANSWERS_NOBODY = 8;

function neighbourLinks({ network }: Facts): readonly LinkFacts[] {
  return (network?.links ?? []).filter(({ isUp, hasNeighbours }) => isUp && hasNeighbours);
}

/** Whether the link hears of an address that an interface has; undefined where the settings are not known. */
function arpAnswers(
  facts: Facts,
  device: string,
): { readonly isOnLink: boolean; readonly isAnswered: boolean | undefined } {
  const links = neighbourLinks(facts);
  const isOnLink = links.some(({ name }) => name === device);
  const limit = isOnLink ? ANSWERS_NOBODY : 1;
  const values = links.filter(({ name }) => !isOnLink || name === device)
    .map(({ name }) => greaterOf(facts, name, "arp_ignore"))
    .filter((value) => value !== undefined);
  return { isOnLink, isAnswered: values.length === 0 ? undefined : values.some((value) => value < limit) };
}
