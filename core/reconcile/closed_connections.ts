import { type CountedServer, formatServerId, type ServerId, type ServiceId } from "../model/mod.ts";

/** The closed and open connections of a server. */
export interface ConnectionEnds {
  /** Connections that both ends have closed; the kernel only remembers them. */
  readonly closed: number;
  /** All others. */
  readonly open: number;
}

/** A virtual service and the servers whose connections are looked up. */
export interface LookedUpService {
  /** The service. */
  readonly id: ServiceId;
  /** The servers. */
  readonly servers: readonly ServerId[];
}

/** Counts connections in the kernel's table: for each service, in order, by `formatServerId` of its servers. */
export type ConnectionLookup = (services: readonly LookedUpService[]) => readonly ReadonlyMap<string, ConnectionEnds>[];

/** The pause after a lookup, as a multiple of its duration: the table may have millions of entries. */
export const LOOKUP_PAUSE = 10;

/**
 * The number of a server's inactive connections that are certainly closed.
 *
 * The table is not a snapshot: an entry may be listed twice or be missing. So connections count as closed only if they
 * are listed as closed and not outweighed by open ones.
 *
 * @param server The kernel's counters.
 * @param ends The counts of the lookup; undefined without one.
 */
export function closedAmong(
  { inactiveConnections }: Pick<CountedServer, "inactiveConnections">,
  ends: ConnectionEnds | undefined,
): number {
  const { closed = 0, open = 0 } = ends ?? {};
  return Math.min(closed, Math.max(0, inactiveConnections - open));
}

/** The closed connections of servers, from repeated lookups. */
export class ClosedConnections {
  readonly #lookUp: ConnectionLookup;
  readonly #now: () => number;
  readonly #counts = new Map<string, number>();
  #nextLookUp = -Infinity;

  /**
   * Starts without counts.
   *
   * @param lookUp Reads the kernel's table.
   * @param now The monotonic time; milliseconds.
   */
  constructor(lookUp: ConnectionLookup, now: () => number) {
    this.#lookUp = lookUp;
    this.#now = now;
  }

  /**
   * Looks up the connections of servers, unless the last lookup was just now.
   *
   * @param id Their service.
   * @param servers Servers that have only inactive connections; counts of others are dropped.
   * @param options.isLast Whether this is the last call: then it looks up in any case.
   * @returns The names of the servers with new counts; others may have older ones.
   */
  lookUp(
    id: ServiceId,
    servers: readonly CountedServer[],
    options: { readonly isLast: boolean },
  ): ReadonlySet<string> {
    const names = new Set(servers.map(formatServerId));
    for (const name of this.#counts.keys()) if (!names.has(name)) this.#counts.delete(name);
    const begin = this.#now();
    if (names.size === 0 || (begin < this.#nextLookUp && !options.isLast)) return new Set();
    const [ends] = this.#lookUp([{ id, servers }]);
    const end = this.#now();
    this.#nextLookUp = end + LOOKUP_PAUSE * (end - begin);
    for (const server of servers) {
      const name = formatServerId(server);
      this.#counts.set(name, closedAmong(server, ends?.get(name)));
    }
    return names;
  }

  /** The number of a server's closed connections at the last lookup; 0 without one. */
  of(server: CountedServer): number {
    return Math.min(server.inactiveConnections, this.#counts.get(formatServerId(server)) ?? 0);
  }
}
