import { formatServerId, type IpAddress, type ServerId, type ServiceId } from "../model/mod.ts";
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

/** A virtual service, and those of its real servers whose connections are counted. */
export interface CountedService {
  /** The service. */
  readonly id: ServiceId;
  /** The servers. */
  readonly servers: readonly ServerId[];
}

/**
 * Counts the connections of services' real servers as they come, by whether both ends have closed them, and keeps none
 * of them.
 *
 * Where the kernel does not tell whose a connection is, it is counted: with a firewall mark, every connection on the
 * server's address; with a server on port 0, those on every port of it. Templates are not.
 */
export class ClosedTally {
  readonly #counts: readonly (readonly ServerCount[])[];
  readonly #byAddress: ReadonlyMap<IpAddress, readonly ServerCount[]>;

  /** Begins to count for some services. */
  constructor(services: readonly CountedService[]) {
    this.#counts = services.map(({ id, servers }) => {
      const isOfService = connectionFilter({ templates: false, ...(id.kind === "fwmark" ? {} : { service: id }) });
      return servers.map((server) => ({
        server,
        isOfService,
        isOnEveryPort: id.kind === "fwmark" || server.port === 0,
        closed: 0,
        open: 0,
      }));
    });
    // By address first: a table may hold millions, and few of them are of these servers.
    this.#byAddress = Map.groupBy(this.#counts.flat(), ({ server }) => server.address);
  }

  /** Counts one. */
  add(connection: Connection): void {
    for (const count of this.#byAddress.get(connection.server.address) ?? []) {
      if (!count.isOnEveryPort && count.server.port !== connection.server.port) continue;
      if (!count.isOfService(connection)) continue;
      if (isClosed(connection)) count.closed++;
      else count.open++;
    }
  }

  /**
   * What was counted, in the order of the services: by the server's name, see {@linkcode formatServerId}; every one has
   * an entry.
   */
  get counts(): ReadonlyMap<string, ClosedCount>[] {
    return this.#counts.map((counts) =>
      new Map(counts.map(({ server, closed, open }) => [formatServerId(server), { closed, open }]))
    );
  }
}

/** What was counted of one server, and which connections are of it. */
interface ServerCount {
  readonly server: ServerId;
  readonly isOfService: (connection: Connection) => boolean;
  readonly isOnEveryPort: boolean;
  closed: number;
  open: number;
}

/**
 * Counts the connections of services' real servers, as {@linkcode ClosedTally} does.
 *
 * @param connections The kernel's list; none of it is kept.
 * @param services The services and their servers.
 * @returns What {@linkcode ClosedTally.counts} gives.
 */
export function countClosed(
  connections: Iterable<Connection>,
  services: readonly CountedService[],
): ReadonlyMap<string, ClosedCount>[] {
  const tally = new ClosedTally(services);
  for (const connection of connections) tally.add(connection);
  return tally.counts;
}
