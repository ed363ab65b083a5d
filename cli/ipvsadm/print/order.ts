import {
  addressBytes,
  type IpAddress,
  ipv4Value,
  PROTOCOLS,
  serviceFamily,
  type ServiceId,
} from "../../../core/model/mod.ts";

/**
 * Sorts services in ipvsadm's intended order: by firewall mark (services without one first), family, protocol, address
 * and port. ipvsadm itself sorts values wrong that are more than 2147483647 apart.
 */
export function sortServices<T>(services: readonly T[], idOf: (service: T) => ServiceId): T[] {
  const keys = services.map((service) => ipv4ServiceKey(idOf(service)));
  if (keys.includes(undefined)) return sortByKey(services, (service) => serviceKey(idOf(service)));
  return sortByKey(services, (_, index) => keys[index] ?? 0);
}

/** Sorts servers by address, IPv4 first, and port; may reorder the array itself. */
export function sortServers<T extends { readonly address: IpAddress; readonly port: number }>(servers: T[]): T[] {
  // The kernel lists the newest server first: servers that were added in order are in reverse order, and need no sort.
  let ascending = true;
  let descending = true;
  let last = "";
  let lastPort = 0;
  for (let index = 0; index < servers.length; index++) {
    const server = servers[index];
    if (server === undefined) continue;
    const { address, port } = server;
    if (address.includes(":")) return sortByKey(servers, ({ address, port }) => endpointKey(address, port));
    if (index > 0) {
      const order = compareNeighbours(last, address) || lastPort - port;
      if (order > 0) ascending = false;
      else if (order < 0) descending = false;
    }
    last = address;
    lastPort = port;
  }
  if (ascending) return servers;
  if (descending) return servers.reverse();
  return sortByKey(servers, ({ address, port }) => ipv4Key(address, port) ?? 0);
}

/**
 * Compares two IPv4 addresses. Usually the last number alone differs: then the other numbers are not parsed, and the
 * longer number is the larger one.
 */
function compareNeighbours(a: string, b: string): number {
  if (a === b) return 0;
  const start = b.lastIndexOf(".") + 1;
  if (a.startsWith(b.slice(0, start)) && a.indexOf(".", start) < 0) {
    return a.length - b.length || (a < b ? -1 : 1);
  }
  return (ipv4Value(a) ?? 0) - (ipv4Value(b) ?? 0);
}

/** Sorts items by keys, each computed once. */
function sortByKey<T, K extends number | string>(items: readonly T[], keyOf: (item: T, index: number) => K): T[] {
  const keyed = items.map((item, index) => ({ item, key: keyOf(item, index) }));
  keyed.sort((a, b) => a.key < b.key ? -1 : a.key > b.key ? 1 : 0);
  return keyed.map(({ item }) => item);
}

/** A number as the key for IPv4, the usual family: it takes a tenth of a text's memory and time. */
function ipv4Key(address: IpAddress, port: number): number | undefined {
  const value = ipv4Value(address);
  return value === undefined ? undefined : value * 0x10000 + port;
}

function ipv4ServiceKey(id: ServiceId): number | undefined {
  const key = id.kind === "fwmark" ? undefined : ipv4Key(id.address, id.port);
  return key === undefined || id.kind === "fwmark" ? undefined : PROTOCOLS.indexOf(id.protocol) * 2 ** 48 + key;
}

/** A text as the key: its 16-bit characters are compared from left to right. */
function serviceKey(id: ServiceId): string {
  const mark = id.kind === "fwmark" ? id.mark : 0;
  const family = serviceFamily(id) === "ipv4" ? 0 : 1;
  const head = String.fromCharCode(mark >>> 16, mark & 0xffff, family);
  if (id.kind === "fwmark") return head;
  return head + String.fromCharCode(PROTOCOLS.indexOf(id.protocol)) + endpointKey(id.address, id.port);
}

function endpointKey(address: IpAddress, port: number): string {
  const bytes = addressBytes(address);
  return String.fromCharCode(bytes.length, ...bytes, port);
}
