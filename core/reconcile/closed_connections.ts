import { type CountedServer, formatServerId, type ServerId, type ServiceId } from "../model/mod.ts";

/** How many connections of a server are over, and how many are not. */
export interface ConnectionEnds {
  /** Both ends have closed them: the kernel only remembers them. */
  readonly closed: number;
  /** All others. */
  readonly open: number;
}

/** A virtual service, and those of its servers whose connections are looked up. */
export interface LookedUpService {
  /** The service. */
  readonly id: ServiceId;
  /** The servers. */
  readonly servers: readonly ServerId[];
}

/** Looks the connections of servers up in the kernel's table: by service, in their order, and by the names of the servers. */
export type ConnectionLookup = (services: readonly LookedUpService[]) => readonly ReadonlyMap<string, ConnectionEnds>[];

/** How many times as long as it took to read the table it is then left alone: it may have millions of entries. */
export const LOOKUP_PAUSE = 10;

/**
 * How many of a server's inactive connections are known to be closed.
 *
 * The table is no snapshot: an entry may be listed twice, or not at all. So what is not known to be closed counts as
 * open, and so does what is listed as open.
 *
 * @param server What the kernel counts.
 * @param ends What was found in the table; nothing if that was not looked up.
 */
export function closedAmong(
  { inactiveConnections }: Pick<CountedServer, "inactiveConnections">,
  ends: ConnectionEnds | undefined,
): number {
  const { closed = 0, open = 0 } = ends ?? {};
  return Math.min(closed, Math.max(0, inactiveConnections - open));
}

/** Which inactive connections of servers are closed, as far as that has been looked up. */
export class ClosedConnections {
  readonly #lookUp: ConnectionLookup;
  readonly #now: () => number;
  readonly #counts = new Map<string, number>();
  #nextLookUp = -Infinity;

  /**
   * Knows nothing yet.
   *
   * @param lookUp Reads the table.
   * @param now Milliseconds since some fixed moment.
   */
  constructor(lookUp: ConnectionLookup, now: () => number) {
    this.#lookUp = lookUp;
    this.#now = now;
  }

  /**
   * Looks up what servers have, unless that has just been done.
   *
   * @param id Their service.
   * @param servers Those of which only inactive connections are left; of others nothing is known afterwards.
   * @param options.isLast Whether nobody will ask again, so that it is done in any case.
   * @returns The names of those of which it is known now; of others it may be known from before.
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

  /** How many of a server's inactive connections are closed, by the last look; 0 where there was none. */
  of(server: CountedServer): number {
    return Math.min(server.inactiveConnections, this.#counts.get(formatServerId(server)) ?? 0);
  }
}
