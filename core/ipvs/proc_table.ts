/**
 * How `/proc/net/ip_vs` shows services whose servers are not all of their own family.
 *
 * @module
 */

import { ipv4Value, type ServiceId } from "../model/mod.ts";

/** The beginning of a server's line, and of one with an IPv6 address. */
const SERVER_LINE = "\n  -> ";
const IPV6_SERVER_LINE = "\n  -> [";

/**
 * The names, as {@linkcode procName} writes them, of all services that have an IPv6 server. Few tables have any, which is
 * found out by one search.
 *
 * @param table The text of `/proc/net/ip_vs`.
 */
export function servicesWithIpv6Servers(table: string): ReadonlySet<string> {
  const found = new Set<string>();
  for (let at = table.indexOf(IPV6_SERVER_LINE); at >= 0; at = table.indexOf(IPV6_SERVER_LINE, at)) {
    let service = at;
    while (table.startsWith(SERVER_LINE, service)) service = table.lastIndexOf("\n", service - 1);
    found.add(table.slice(service + 1, table.indexOf(" ", service + NAME_START)));
    // The other servers of the same service.
    while (table.startsWith(SERVER_LINE, at)) {
      const next = table.indexOf("\n", at + 1);
      at = next < 0 ? table.length : next;
    }
  }
  return found;
}

/** From here on, counted from the line break before it, a service's line has a blank only after its address or mark. */
const NAME_START = "\nSCTP  ".length;

/** How `/proc/net/ip_vs` names an IPv4 service; it does not tell the family of a firewall mark. */
export function procName(id: ServiceId): string {
  if (id.kind === "fwmark") return `FWM  ${hex(id.mark, 8)}`;
  return `${id.protocol.toUpperCase().padEnd(3)}  ${hex(ipv4Value(id.address) ?? 0, 8)}:${hex(id.port, 4)}`;
}

function hex(value: number, digits: number): string {
  return (value >>> 0).toString(16).toUpperCase().padStart(digits, "0");
}
