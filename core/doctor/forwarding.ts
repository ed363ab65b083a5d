import { type AddressFamily, addressFamily } from "../model/mod.ts";
import { serversBy } from "./servers_by.ts";
import type { Facts, ServerFacts } from "./facts.ts";
import { counted, type Finding, fine, setting } from "./finding.ts";
import { interfaceSysctl } from "../host/mod.ts";

/** Whether the director forwards packets, as the answers of nat servers require. */
export function examineForwarding(facts: Facts): Finding[] {
  return [...examineIpv4(facts), ...examineIpv6(facts)];
}

const WHY = "answers of nat servers pass through the director, which drops them unless it forwards packets";

function natServers(facts: Facts, family: AddressFamily): readonly ServerFacts[] {
  return serversBy(facts.services, ({ forward, address }) => forward === "nat" && addressFamily(address) === family);
}

function examineIpv4(facts: Facts): Finding[] {
  const id = "ip-forward";
  const name = "net.ipv4.ip_forward";
  const servers = natServers(facts, "ipv4").length;
  const value = facts.sysctls.get(name);
  if (servers === 0 || value === undefined) return [];
  if (value !== "0") return [fine(id, `${name} is ${value}`)];
  const what = `${name} is 0, and there ${servers === 1 ? "is" : "are"} ${counted(servers, "nat server")}`;
  return [{ id, severity: "error", what, why: WHY, fix: setting([name, "1"]) }];
}

function examineIpv6(facts: Facts): Finding[] {
  const { sysctls, network, defaultDevices } = facts;
  const id = "ipv6-forwarding";
  const name = "net.ipv6.conf.all.forwarding";
  const servers = natServers(facts, "ipv6");
  const value = sysctls.get(name);
  if (servers.length === 0 || value === undefined) return [];
  if (value !== "0") return [fine(id, `${name} is ${value}`)];
  // Since Linux 6.17 a single interface can forward: the one that receives the answers.
  const devices = servers.map(({ address }) => network?.routes.get(address)?.device);
  const forwards = (device: string | undefined): boolean =>
    device !== undefined && sysctls.get(interfaceSysctl("ipv6", { device, key: "force_forwarding" })) === "1";
  if (devices.every(forwards)) return [fine(id, "the interfaces of the servers forward")];
  // A host that becomes a router ignores announced routes unless accept_ra is 2.
  const announced = defaultDevices.announcedIpv6
    .map((device) => interfaceSysctl("ipv6", { device, key: "accept_ra" }))
    .filter((key) => sysctls.get(key) === "1");
  const what = `${name} is 0, and there ${servers.length === 1 ? "is" : "are"} ${
    counted(servers.length, "nat server")
  } with IPv6`;
  const fix = setting(...announced.map((key): [string, string] => [key, "2"]), [name, "1"]);
  return [{ id, severity: "error", what, why: WHY, fix }];
}
