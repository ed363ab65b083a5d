import { addressFamily, type VrrpInstance } from "../model/mod.ts";
import type { Facts, RouterFacts } from "./facts.ts";
import { type Finding, fine } from "./finding.ts";

/** The priority of the owner of the addresses. */
const OWNER = 255;

/** What the other directors send that the daemon discards, in words and with the way out. */
const DISCARDED: Readonly<Record<string, string>> = {
  "version-differs": "they have another version of VRRP; write the same version on all directors",
  "password": "they have another password; write the same one on all directors",
  "interval-differs": "they have another interval, which version 2 does not allow; write the same one on all directors",
  "destination": "one side uses peers, and the other multicast; write peers on all directors, or on none",
  "peer": "they come from an address that is not among the peers; add it, or change the number of the virtual router",
  "own-address": "another director has the same address, or was copied from this one; give each its own address",
  "hop-limit": "a router has forwarded them; the directors must be on one link, or use peers",
  "checksum": "their checksum is wrong; a network card or another implementation makes it so",
};

/** Virtual routers: what the file needs of this machine, and what the daemon receives from the other directors. */
export function examineRouters(facts: Facts): Finding[] {
  const { desiredRouters = [], routers = [] } = facts;
  const found = [
    ...desiredRouters.flatMap((instance) => interfaceFindings(instance, facts)),
    ...routers.flatMap(routerFindings),
  ];
  if (found.length > 0 || routers.length === 0) return found;
  return [fine("vrrp-routers", "the virtual routers of the daemon have no problem")];
}

/** Interfaces that an instance needs. */
function interfaceFindings({ name, device, vips, excludedVips, sync }: VrrpInstance, { network }: Facts): Finding[] {
  if (network === undefined) return [];
  const link = network.links.find((each) => each.name === device);
  const missing = (id: string, what: string): Finding => ({
    id,
    severity: "error",
    object: name,
    what: `there is no interface ${what}`,
    why: `the virtual router ${name} needs it`,
  });
  const syncDevice = sync?.daemon.interface;
  const ofSync = syncDevice === undefined || network.links.some((each) => each.name === syncDevice)
    ? []
    : [missing("vrrp-sync-device", `${syncDevice} for the sync daemons`)];
  if (link === undefined) return [missing("vrrp-device", device), ...ofSync];
  const virtual = new Set([...vips, ...excludedVips].map(({ address }) => address));
  const families = new Set(vips.map(({ address }) => addressFamily(address)));
  const own = network.addresses.filter((each) => each.device === device && !virtual.has(each.address));
  const without = [...families].filter((family) => !own.some(({ address }) => addressFamily(address) === family));
  return [
    ...without.map((family): Finding => ({
      id: "vrrp-source",
      severity: "error",
      object: name,
      what: `${device} has no ${family === "ipv4" ? "IPv4" : "IPv6"} address besides the virtual ones`,
      why: `the virtual router ${name} sends its packets from one, and is at fault without it`,
    })),
    ...ofSync,
  ];
}

function routerFindings(router: RouterFacts): Finding[] {
  const { name, state, reason, priority, heard, isContested, discarded, findings } = router;
  const finding = (id: string, what: string, why: string): Finding => ({
    id,
    severity: "warning",
    object: name,
    what,
    why,
  });
  return [
    ...state === "fault" ? [finding("vrrp-fault", `the virtual router ${name} is at fault: ${reason}`, FAULT)] : [],
    ...isContested
      ? [finding("vrrp-contested", `${heard?.address ?? "another director"} does not hear this director`, CONTESTED)]
      : [],
    ...heard !== undefined && heard.priority === priority && priority < OWNER
      ? [finding("vrrp-priority", `${heard.address} has the priority ${priority} too`, EQUAL)]
      : [],
    ...findings.flatMap(({ kind, text }) => {
      const words = DIFFERENCES[kind];
      return words === undefined ? [] : [finding(`vrrp-${kind}`, text, words)];
    }),
    ...Object.entries(discarded).flatMap(([kind, count]) => {
      const words = DISCARDED[kind];
      return words === undefined
        ? []
        : [finding("vrrp-discarded", `the virtual router ${name} has discarded ${count} messages (${kind})`, words)];
    }),
  ];
}

/** Differences that have no count of discarded messages, with the way out. */
const DIFFERENCES: Readonly<Record<string, string>> = {
  "addresses": "keepalived ignores such a director, and both are active; write the same vips on all directors",
  "vrid": "two virtual routers on one link have one number, and disturb each other; give one of them another vrid",
  "interval": "the interval of the active director counts; write the same one on all directors",
};

const FAULT = "it cannot take over from the other directors";

const CONTESTED = "both directors have the addresses; a firewall or a switch drops packets in one direction";

const EQUAL = "the greater address decides, and a backup with the same priority never takes over by preemption; " +
  "give each director its own priority";
