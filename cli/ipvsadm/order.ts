import { addressBytes, type IpAddress, PROTOCOLS, serviceFamily, type ServiceId } from "../../core/model/mod.ts";

/**
 * Sorts as ipvsadm means to: services by firewall mark (those without one first), family, protocol, address and port.
 * ipvsadm itself gets it wrong where two values are more than 2147483647 apart.
 */
export function sortServices<T>(services: readonly T[], idOf: (service: T) => ServiceId): T[] {
  return sortByKey(services, (service) => serviceKey(idOf(service)));
}

/** Sorts servers by address, IPv4 first, and port. */
export function sortServers<T extends { readonly address: IpAddress; readonly port: number }>(servers: T[]): T[] {
  return servers.length < 2 ? servers : sortByKey(servers, ({ address, port }) => endpointKey(address, port));
}

/** Keys are made once for each, as text of 16-bit numbers, which compares from left to right. */
function sortByKey<T>(items: readonly T[], keyOf: (item: T) => string): T[] {
  const keyed = items.map((item) => ({ item, key: keyOf(item) }));
  keyed.sort((a, b) => a.key < b.key ? -1 : a.key > b.key ? 1 : 0);
  return keyed.map(({ item }) => item);
}

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
