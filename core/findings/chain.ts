import {
  formatServerId,
  formatServiceId,
  type IpAddress,
  type Protocol,
  type RealServer,
  type ServiceId,
  type VirtualService,
} from "../model/mod.ts";
import type { ServiceFinding } from "./finding.ts";

/** Whether the table has a service. */
export type ServiceLookup = (id: ServiceId) => boolean;

/** The lookup in a list of services, which is read for the first server that needs it. */
export function lookupOf(services: readonly { readonly service: VirtualService }[]): ServiceLookup {
  // Almost no server has the address of a service, so most lookups end at the address.
  let byAddress: Map<IpAddress, Set<string>> | undefined;
  return (id) => {
    if (id.kind !== "endpoint") return false;
    byAddress ??= namesByAddress(services);
    return byAddress.get(id.address)?.has(formatServiceId(id)) ?? false;
  };
}

function namesByAddress(services: readonly { readonly service: VirtualService }[]): Map<IpAddress, Set<string>> {
  const names = new Map<IpAddress, Set<string>>();
  for (const { service: { id } } of services) {
    if (id.kind !== "endpoint") continue;
    const own = names.get(id.address);
    if (own === undefined) names.set(id.address, new Set([formatServiceId(id)]));
    else own.add(formatServiceId(id));
  }
  return names;
}

const PROTOCOLS: readonly Protocol[] = ["tcp", "udp", "sctp"];

/**
 * Servers that are other services of the same table. The kernel marks a packet that it has translated, and does not
 * balance it again. A server that is its own service is left out: the director itself serves it.
 */
export function chainFindings(
  id: ServiceId,
  servers: readonly RealServer[],
  options: { readonly isService: ServiceLookup },
): ServiceFinding[] {
  // A firewall mark can stand for every protocol.
  const protocols = id.kind === "endpoint" ? [id.protocol] : PROTOCOLS;
  return servers.flatMap((server): ServiceFinding[] => {
    const { address, port, forward } = server;
    // dr and tun keep the packet's destination, so the server's port does not say where it arrives.
    if (forward !== "nat") return [];
    // A service with port 0 has all ports of its address.
    const ports = port === 0 ? [0] : [port, 0];
    const endpoints = protocols.flatMap((protocol) =>
      ports.map((port): ServiceId => ({ kind: "endpoint", protocol, address, port }))
    );
    const own = formatServiceId(id);
    const other = endpoints.find((endpoint) => options.isService(endpoint) && formatServiceId(endpoint) !== own);
    if (other === undefined) return [];
    return [{
      code: "server-is-service",
      message: `${formatServerId(server)} is the service ${formatServiceId(other)}, but the kernel does not balance ` +
        "a connection twice: it goes to a program on the director",
      remedy: "use the real servers of that service",
      key: "address",
      server,
    }];
  });
}
