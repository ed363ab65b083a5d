import { addressFamily } from "../model/mod.ts";
import type { Facts } from "./facts.ts";
import { byHand, type Finding, fine, proposedSetting } from "./finding.ts";
import { ipvsSysctl } from "./ipvs_settings.ts";

/** Tables that may be too small for what is in them. */
export function examineLimits(facts: Facts): Finding[] {
  return [...examineConnectionTable(facts), ...examineConntrack(facts), ...examineNeighbourTable(facts)];
}

/** Entries in a bucket on average, from which on looking them up takes noticeable time. */
const FULL_BUCKET = 4;

/** Most bits that every kernel's module takes. */
const MOST_BITS = 20;

function examineConnectionTable({ table, sysctls }: Facts): Finding[] {
  const { connections = 0, buckets } = table ?? {};
  // Newer kernels let the table grow by themselves.
  if (buckets === undefined || sysctls.has(ipvsSysctl("conn_lfactor"))) return [];
  const id = "connection-table";
  const what = `the connection table has ${buckets} buckets and ${connections} entries`;
  if (connections < buckets * FULL_BUCKET) return [fine(id, what)];
  const bits = Math.min(MOST_BITS, Math.ceil(Math.log2(connections)));
  if (2 ** bits <= buckets) return [fine(id, what)];
  return [{
    id,
    severity: "warning",
    what,
    why:
      "each packet is looked up in a list that is as long as entries share a bucket; a larger table takes effect when " +
      "the module is loaded again",
    fix: byHand(`echo "options ip_vs conn_tab_bits=${bits}" > /etc/modprobe.d/ip_vs.conf`),
  }];
}

/** From which part on a table counts as nearly full. */
const NEARLY_FULL = 0.8;

function examineConntrack({ sysctls }: Facts): Finding[] {
  const id = "conntrack-limit";
  const name = "net.netfilter.nf_conntrack_max";
  const limit = Number(sysctls.get(name));
  const count = Number(sysctls.get("net.netfilter.nf_conntrack_count"));
  if (!(limit > 0) || Number.isNaN(count)) return [];
  const what = `conntrack has ${count} of at most ${limit} entries`;
  if (count < limit * NEARLY_FULL) return [fine(id, what)];
  return [{
    id,
    severity: count >= limit ? "error" : "warning",
    what,
    why: "when it is full, new connections are dropped, also those that only pass IPVS",
    fix: proposedSetting([name, String(limit * 2)]),
  }];
}

function examineNeighbourTable({ network, sysctls }: Facts): Finding[] {
  return (["ipv4", "ipv6"] as const).flatMap((family): Finding[] => {
    const id = "neighbour-table";
    const name = `net.${family}.neigh.default.gc_thresh3`;
    const limit = Number(sysctls.get(name));
    if (network === undefined || !(limit > 0)) return [];
    const count = network.neighbours.filter(({ address }) => addressFamily(address) === family).length;
    const what = `the neighbour table has ${count} of at most ${limit} entries`;
    if (count < limit * NEARLY_FULL) return [fine(id, what, family)];
    return [{
      id,
      severity: count >= limit ? "error" : "warning",
      object: family,
      what,
      why: "when it is full, hosts on the links are no longer found",
      fix: proposedSetting([name, String(limit * 2)]),
    }];
  });
}
