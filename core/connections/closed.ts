import { formatServerId, type ServerId, type ServiceId } from "../model/mod.ts";
import type { Connection } from "./connection.ts";
import { connectionFilter } from "./filter.ts";

/** The states in which both ends have closed, or one has reset: what the kernel keeps then is only the memory of it. */
const CLOSED_STATES: Readonly<Record<string, ReadonlySet<string>>> = {
  tcp: new Set(["TIME_WAIT", "CLOSE"]),
  sctp: new Set(["CLOSED"]),
};

/** Connections of one real server. */
export interface ClosedCount {
  /** Those that both ends have closed: nobody loses anything when the kernel forgets them. */
  readonly closed: number;
  /** All others. */
  readonly open: number;
}

/** Whether both ends have closed a connection, so that nothing will come any more. */
export function isClosed({ protocol, state, isTemplate }: Connection): boolean {
  return !isTemplate && (CLOSED_STATES[protocol]?.has(state) ?? false);
}

/**
 * Counts the connections of a service's real servers as they come, by whether both ends have closed them.
 *
 * Where the kernel does not tell whose a connection is, it is counted: with a firewall mark, every connection on the
 * server's address; with a server on port 0, those on every port of it. Templates are not.
 *
 * @param connections The kernel's list; none of it is kept.
 * @param wanted The service and its servers.
 * @returns By the server's name, see {@linkcode formatServerId}; every one of them has an entry.
 */
export function countClosed(
  connections: Iterable<Connection>,
  wanted: { readonly id: ServiceId; readonly servers: readonly ServerId[] },
): ReadonlyMap<string, ClosedCount> {
  const { id, servers } = wanted;
  const counts = servers.map((server) => ({ server, closed: 0, open: 0 }));
  // By address first: a table may hold millions, and few of them are of these servers.
  const byAddress = Map.groupBy(counts, ({ server }) => server.address);
  const isOfService = connectionFilter({ templates: false, ...(id.kind === "fwmark" ? {} : { service: id }) });
  for (const connection of connections) {
    const candidates = byAddress.get(connection.server.address);
    if (candidates === undefined || !isOfService(connection)) continue;
    for (const count of candidates) {
      const { port } = count.server;
      if (id.kind === "endpoint" && port !== 0 && port !== connection.server.port) continue;
      if (isClosed(connection)) count.closed++;
      else count.open++;
    }
  }
  return new Map(counts.map(({ server, closed, open }) => [formatServerId(server), { closed, open }]));
}
