import { interfaceSysctl } from "../host/mod.ts";
import { ipvsSysctl } from "./ipvs_settings.ts";

/** The sysctls of interfaces to read. */
const IPV4_KEYS = ["send_redirects", "rp_filter", "arp_ignore"] as const;
const IPV6_KEYS = ["forwarding", "force_forwarding", "accept_ra"] as const;

/** Other sysctls to read. */
const SYSCTLS = [
  "net.ipv4.ip_forward",
  "net.ipv4.tcp_keepalive_time",
  "net.netfilter.nf_conntrack_max",
  "net.netfilter.nf_conntrack_count",
  "net.ipv4.neigh.default.gc_thresh3",
  "net.ipv6.neigh.default.gc_thresh3",
] as const;

/**
 * The names of the sysctls that the examinations need.
 *
 * @param list The names in a directory of /proc; none if it does not exist.
 */
export function sysctlNames(list: (path: string) => readonly string[]): readonly string[] {
  return [
    ...SYSCTLS,
    ...list("sys/net/ipv4/vs").map(ipvsSysctl),
    ...([["ipv4", IPV4_KEYS], ["ipv6", IPV6_KEYS]] as const).flatMap(([family, keys]) =>
      list(`sys/net/${family}/conf`).flatMap((device) => keys.map((key) => interfaceSysctl(family, { device, key })))
    ),
  ];
}
