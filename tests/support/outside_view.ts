/**
 * What programs other than lvsctl see of a table: /proc/net/ip_vs and the rules that ipvsadm saves. Written from
 * their formats, and not from lvsctl's code, so that a test has a second witness.
 *
 * @module
 */

import { addressBytes, type RealServer, type ServiceEntry, type ServiceId } from "../../core/model/mod.ts";

/** The rows of /proc/net/ip_vs, each server's with its service, sorted: the kernel's order means nothing. */
export function procRows(text: string, ticksPerSecond: number): string[] {
  const rows: string[] = [];
  let service = "";
  for (const line of text.split("\n").slice(3).filter((line) => line !== "")) {
    const row = line.trim().replaceAll(/\s+/g, " ")
      .replace(/persistent (-?\d+)/, (_, ticks) => `persistent ${Number(ticks) / ticksPerSecond}`);
    if (line.startsWith("  ->")) rows.push(`${service} ${row}`);
    else {
      service = row.split(" ").slice(0, 2).join(" ");
      rows.push(row);
    }
  }
  return rows.sort();
}

/** The rows that these services and servers have in /proc/net/ip_vs. */
export function expectedProcRows(entries: readonly ServiceEntry[]): string[] {
  return entries.flatMap(({ service, servers }) => {
    const { id, persistence } = service;
    const name = id.kind === "fwmark"
      ? `FWM ${hex(id.mark, 8)}`
      : `${id.protocol.toUpperCase()} ${procEndpoint(id.address, id.port)}`;
    const words = [name, service.scheduler];
    // The kernel does not show one-packet scheduling of IPv6 addresses.
    if (service.onePacket && !(id.kind === "endpoint" && id.address.includes(":"))) words.push("ops");
    if (persistence !== undefined) {
      // A prefix length is kept in host byte order, and shown as if it were not.
      const mask = isIpv6(id) ? hex(persistence.netmask, 8).replace(/(..)(..)(..)(..)/, "$4$3$2$1") : undefined;
      words.push("persistent", String(persistence.timeoutSeconds), mask ?? hex(persistence.netmask, 8));
    }
    return [words.join(" "), ...servers.map((server) => `${name} ${procServer(server)}`)];
  }).sort();
}

function procServer(server: RealServer): string {
  const method = { nat: "Masq", dr: "Route", tun: "Tunnel", local: "Local", bypass: "Masq" }[server.forward];
  return `-> ${procEndpoint(server.address, server.port)} ${method} ${server.weight} 0 0`;
}

function procEndpoint(address: Parameters<typeof addressBytes>[0], port: number): string {
  const digits = Array.from(addressBytes(address), (byte) => hex(byte, 2)).join("");
  const host = digits.length === 8 ? digits : `[${digits.toLowerCase().match(/.{4}/g)?.join(":")}]`;
  return `${host}:${hex(port, 4)}`;
}

function hex(value: number, digits: number): string {
  return value.toString(16).toUpperCase().padStart(digits, "0");
}

function isIpv6(id: ServiceId): boolean {
  return id.kind === "fwmark" ? id.family === "ipv6" : id.address.includes(":");
}

/**
 * The rules that `ipvsadm -Sn` prints of these services and servers, sorted. What it loses is lost here too:
 * thresholds, the third flag of sh and mh, and the upper half of the firewall marks, which it takes for negative.
 */
export function expectedRules(entries: readonly ServiceEntry[]): string[] {
  return entries.flatMap(({ service, servers }) => {
    const name = ruleName(service.id);
    const { persistence } = service;
    const words = ["-A", name, "-s", service.scheduler];
    if (persistence !== undefined) {
      words.push("-p", String(persistence.timeoutSeconds));
      const full = isIpv6(service.id) ? 128 : 0xffffffff;
      if (persistence.netmask !== full) words.push("-M", ruleMask(service.id, persistence.netmask));
      if (persistence.engine !== undefined) words.push("--pe", persistence.engine);
    }
    if (service.onePacket) words.push("-o");
    if (service.schedulerFlags !== 0) words.push("-b", ruleFlags(service.scheduler, service.schedulerFlags));
    return [words.join(" "), ...servers.map((server) => ruleServer(name, server))];
  }).sort();
}

function ruleName(id: ServiceId): string {
  if (id.kind === "fwmark") return `-f ${id.mark | 0}${id.family === "ipv6" ? " -6" : ""}`;
  return `${{ tcp: "-t", udp: "-u", sctp: "--sctp-service" }[id.protocol]} ${ruleEndpoint(id.address, id.port)}`;
}

function ruleEndpoint(address: string, port: number): string {
  return address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`;
}

function ruleMask(id: ServiceId, netmask: number): string {
  return isIpv6(id) ? String(netmask) : [24, 16, 8, 0].map((shift) => (netmask >>> shift) & 255).join(".");
}

function ruleFlags(scheduler: string, flags: number): string {
  const names = scheduler === "sh" || scheduler === "mh"
    ? [`${scheduler}-fallback`, `${scheduler}-port`]
    : ["flag-1", "flag-2", "flag-3"];
  return names.filter((_, bit) => (flags >> bit) % 2 === 1).join(",");
}

function ruleServer(service: string, server: RealServer): string {
  const { type, port, checksum } = server.tunnel;
  const method = { nat: "-m", dr: "-g", tun: "-i", local: "-g", bypass: "(null)" }[server.forward];
  const words = ["-a", service, "-r", ruleEndpoint(server.address, server.port), method, "-w", String(server.weight)];
  if (server.forward === "tun") {
    words.push("--tun-type", type);
    if (type === "gue") words.push("--tun-port", String(port));
    if (type !== "ipip") words.push(`--tun-${checksum === "none" ? "nocsum" : checksum}`);
  }
  return words.join(" ");
}
