import { addressFamily } from "../model/mod.ts";
import type { Facts } from "./facts.ts";
import { commands, type Finding, fine, proposedSetting } from "./finding.ts";
import { ipvsSysctl } from "./ipvs_settings.ts";

/** Kernel tables that are nearly full. */
export function examineLimits(facts: Facts): Finding[] {
  return [...examineConnectionTable(facts), ...examineConntrack(facts), ...examineNeighbourTable(facts)];
}

/** The average number of entries in a bucket from which lookups take noticeable time. */
const FULL_BUCKET = 4;

/** The largest value of conn_tab_bits that every kernel takes. */
const MOST_BITS = 20;

function examineConnectionTable({ table, sysctls }: Facts): Finding[] {
  const { connections = 0, buckets } = table ?? {};
  // Newer kernels grow the table automatically.
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
      "the kernel searches a bucket's list for each packet, and the lists are long; a larger table takes effect when " +
      "the module is loaded again",
    fix: commands(`echo "options ip_vs conn_tab_bits=${bits}" > /etc/modprobe.d/ip_vs.conf`),
  }];
}

/** The part of a table from which it counts as nearly full. */
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
    why: "a full table drops new connections, including those that only pass through IPVS",
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
    if (count < limit * NEARLY_FULL) return [fine(id, what, { object: family })];
    return [{
      id,
      severity: count >= limit ? "error" : "warning",
      object: family,
      what,
      why: "with a full table the director no longer finds hosts on its links",
      fix: proposedSetting([name, String(limit * 2)]),
    }];
  });
}
