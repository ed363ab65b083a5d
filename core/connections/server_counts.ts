import { type CountedServer, formatServerId } from "../model/mod.ts";
import type { ConnectionFilter } from "./filter.ts";
import type { ConnectionGroup, GroupCount } from "./tally.ts";

/**
 * Whether the counters of the real servers answer how many connections there are, so that the kernel's list is not
 * needed: it lists 100,000 connections in seconds.
 *
 * @param filter Conditions on the connections.
 * @param group The grouping, if any.
 */
export function areCountedByServers(filter: ConnectionFilter, group: ConnectionGroup | undefined): boolean {
  const { service, client, state, protocol } = filter;
  const isLimited = [service, client, state, protocol].some((condition) => condition !== undefined);
  // The list names a connection's destination, which is not the service if that has a firewall mark or port 0.
  return !isLimited && (group === undefined || group === "server");
}

/**
 * The numbers of connections by real server, from the counters of the servers of each service. Connections whose server
 * or service is deleted, and those of another director, whose service does not exist here, are in no counter.
 *
 * @param tables The servers of each service.
 * @param filter Conditions: {@linkcode areCountedByServers} tells which are possible.
 */
export function* serverCounts(
  tables: Iterable<readonly CountedServer[]>,
  { server, templates }: Pick<ConnectionFilter, "server" | "templates">,
): Generator<GroupCount, void, undefined> {
  for (const servers of tables) {
    for (const each of servers) {
      if (server !== undefined && each.address !== server.address) continue;
      if (server?.port !== undefined && each.port !== server.port) continue;
      const { activeConnections, inactiveConnections, persistentConnections } = each;
      const count = {
        connections: templates === true ? 0 : activeConnections + inactiveConnections,
        templates: templates === false ? 0 : persistentConnections,
      };
      if (count.connections + count.templates > 0) yield { name: formatServerId(each), ...count };
    }
  }
}
