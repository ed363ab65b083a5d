import { formatServerId, type IpAddress, type ServerId, type ServiceId } from "../model/mod.ts";
import type { Connection } from "./connection.ts";
import { connectionFilter } from "./filter.ts";

/** States of connections that both ends have closed, or one has reset: the kernel only remembers these. */
const CLOSED_STATES: Readonly<Record<string, ReadonlySet<string>>> = {
  tcp: new Set(["TIME_WAIT", "CLOSE"]),
  sctp: new Set(["CLOSED"]),
};

/** Connections of one real server. */
export interface ClosedCount {
  /** Connections that both ends have closed: the kernel can forget them without a loss. */
  readonly closed: number;
  /** All other connections. */
  readonly open: number;
}

/** Whether both ends have closed a connection, so that no more packets will follow. */
export function isClosed({ protocol, state, isTemplate }: Connection): boolean {
  return !isTemplate && (CLOSED_STATES[protocol]?.has(state) ?? false);
}

/** A virtual service, and the real servers of it whose connections are counted. */
export interface CountedService {
  /** The service. */
  readonly id: ServiceId;
  /** The servers. */
  readonly servers: readonly ServerId[];
}

/**
 * Counts open and closed connections of services' real servers one by one, and stores none of them.
 *
 * A connection whose service the kernel does not report is counted: with a firewall mark, every connection to the
 * server's address; with a server on port 0, the connections to each of its ports. Templates are not counted.
 */
export class ClosedTally {
  readonly #counts: readonly (readonly ServerCount[])[];
  readonly #byAddress: ReadonlyMap<IpAddress, readonly ServerCount[]>;

  /** Starts counting for some services. */
  constructor(services: readonly CountedService[]) {
    this.#counts = services.map(({ id, servers }) => {
      const isOfService = connectionFilter({ templates: false, service: id.kind === "fwmark" ? undefined : id });
      return servers.map((server) => ({
        server,
        isOfService,
        isOnEveryPort: id.kind === "fwmark" || server.port === 0,
        closed: 0,
        open: 0,
      }));
    });
    // By address, because a table can have millions of connections, and few of them are to these servers.
    this.#byAddress = Map.groupBy(this.#counts.flat(), ({ server }) => server.address);
  }

  /** Counts one connection. */
  add(connection: Connection): void {
    for (const count of this.#byAddress.get(connection.server.address) ?? []) {
      if (!count.isOnEveryPort && count.server.port !== connection.server.port) continue;
      if (!count.isOfService(connection)) continue;
      if (isClosed(connection)) count.closed++;
      else count.open++;
    }
  }

  /**
   * The counts, in the order of the services. Each map has an entry for every server of the service, with the key
   * {@linkcode formatServerId}.
   */
  get counts(): ReadonlyMap<string, ClosedCount>[] {
    return this.#counts.map((counts) =>
      new Map(counts.map(({ server, closed, open }) => [formatServerId(server), { closed, open }]))
    );
  }
}

/** Counts of one server, and the test for its connections. */
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
 * @param connections The kernel's list, which is read once and not stored.
 * @param services The services and their servers.
 * @returns The same as {@linkcode ClosedTally.counts}.
 */
export function countClosed(
  connections: Iterable<Connection>,
  services: readonly CountedService[],
): ReadonlyMap<string, ClosedCount>[] {
  const tally = new ClosedTally(services);
  for (const connection of connections) tally.add(connection);
  return tally.counts;
}
