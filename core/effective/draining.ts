import { type DesiredService, formatServerId, type RealServer, type ServerId } from "../model/mod.ts";

/** How often servers that leave are looked at for whether their connections have ended; milliseconds. */
export const DRAIN_LOOK_MS = 1000;

/** The servers of a service that leave, for the file names them no longer. */
export interface DrainingServers {
  /** Those that stay for now, with weight 0. */
  readonly servers: readonly RealServer[];
  /** Since when, of these, by `formatServerId`; milliseconds since 1970. */
  readonly since: Readonly<Record<string, number>>;
  /** When they are to be looked at again; milliseconds since 1970. Undefined if there are none. */
  readonly nextAt?: number;
}

/**
 * What becomes of servers that the kernel has and the file does not name: with `drain` they get nothing new, and go when
 * they have no connections, or when their time is up. A server is never taken away at the first look, when it still had
 * a weight: a connection may have come in just then. One that the file names again stays, as if nothing had been.
 *
 * @param desired The service.
 * @param options.current What the kernel has.
 * @param options.since Since when servers leave, as it was told the last time.
 * @param options.connections How many connections a server has that are not known to be closed; without it only time
 * counts.
 * @param options.now The time of day; milliseconds since 1970.
 */
export function drainingServers(
  desired: DesiredService,
  options: {
    readonly current: readonly RealServer[];
    readonly since: Readonly<Record<string, number>>;
    readonly connections?: (server: ServerId) => number | undefined;
    readonly now: number;
  },
): DrainingServers {
  const { drainMs = 0, fallback } = desired;
  const { current, now, connections } = options;
  if (drainMs === 0 || current.length === 0) return { servers: [], since: {} };
  const named = new Set(desired.servers.map(formatServerId));
  if (fallback !== undefined) named.add(formatServerId(fallback));
  const servers: RealServer[] = [];
  const since: Record<string, number> = {};
  let nextAt = Infinity;
  for (const server of current) {
    const id = formatServerId(server);
    if (named.has(id)) continue;
    const began = Math.min(options.since[id] ?? now, now);
    const endsAt = began + drainMs;
    if (now >= endsAt || (server.weight === 0 && connections?.(server) === 0)) continue;
    servers.push({ ...server, weight: 0 });
    since[id] = began;
    nextAt = Math.min(nextAt, endsAt, now + DRAIN_LOOK_MS);
  }
  return { servers, since, ...(nextAt === Infinity ? {} : { nextAt }) };
}
