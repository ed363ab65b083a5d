import type { IpvsClient } from "../ipvs/mod.ts";
import {
  compareServerIds,
  compareServiceIds,
  type DesiredState,
  formatServiceId,
  type RealServer,
  type VirtualService,
} from "../model/mod.ts";
import type { EntryFacts, NetworkFacts, ServerFacts, ServiceFacts, TableFacts } from "./facts.ts";

/** Reads the kernel's table over netlink. */
export function readTable(client: IpvsClient): TableFacts {
  let connections = 0;
  const entries = client.services().map((service): EntryFacts => {
    const servers = client.countedServers(service.id);
    for (const { activeConnections, inactiveConnections, persistentConnections } of servers) {
      connections += activeConnections + inactiveConnections + persistentConnections;
    }
    return { service, servers };
  });
  return {
    services: entries.map(({ service, servers }) => serviceFacts(service, servers)),
    connections,
    entries,
    buckets: client.getInfo().connectionTableSize,
    syncDaemons: client.syncDaemons(),
    timeouts: client.getTimeouts(),
  };
}

function serviceFacts(service: VirtualService, servers: readonly RealServer[]): ServiceFacts {
  const { id, scheduler, persistence, onePacket } = service;
  return {
    id,
    scheduler,
    isPersistent: persistence !== undefined,
    onePacket,
    servers: servers.map(({ address, port, forward, tunnel, weight }) => ({
      address,
      port,
      forward,
      weight,
      ...(forward === "tun" ? { tunnel } : {}),
    })),
  };
}

/** The services of table and file, in order; a service of the file has the table's servers too. */
export function mergeServices(
  present: readonly ServiceFacts[],
  wanted: DesiredState | undefined,
): readonly ServiceFacts[] {
  const merged = new Map(present.map((service) => [formatServiceId(service.id), service]));
  for (const { service, servers, fallback } of wanted?.services ?? []) {
    const name = formatServiceId(service.id);
    const declared = serviceFacts(service, fallback === undefined ? servers : [...servers, fallback]);
    const there = merged.get(name)?.servers ?? [];
    merged.set(name, { ...declared, servers: [...declared.servers, ...there] });
  }
  return [...merged.values()]
    .map((service) => ({ ...service, servers: service.servers.toSorted(compareServerIds) }))
    .sort((a, b) => compareServiceIds(a.id, b.id));
}

/** The kernel forwards to its own addresses locally, whatever the method. */
export function withLocals(service: ServiceFacts, { routes }: NetworkFacts): ServiceFacts {
  const servers = service.servers.map((server): ServerFacts =>
    routes.get(server.address)?.kind === "local" ? { ...server, forward: "local" } : server
  );
  return { ...service, servers };
}
