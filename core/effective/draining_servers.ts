import { type DesiredService, formatServerId, type RealServer } from "../model/mod.ts";
import type { ServiceFacts } from "./inputs.ts";

/** How often the connections of draining servers are counted; milliseconds. */
export const DRAIN_LOOK_MS = 1000;

/** The draining servers of a service: the kernel has them, the file no longer names them. */
export interface DrainingServers {
  /** The servers that stay for now, with weight 0. */
  readonly servers: readonly RealServer[];
  /** When each of them began to drain, by `formatServerId`; milliseconds since 1970. */
  readonly since: Readonly<Record<string, number>>;
  /** When to decide again; milliseconds since 1970. Undefined if no server drains. */
  readonly nextAt?: number | undefined;
}

const NO_SERVERS: DrainingServers = { servers: [], since: {} };

/** The kernel's servers of a service that the file names neither as a server nor as the fallback. */
export function unnamedServers(desired: DesiredService, current: readonly RealServer[]): readonly RealServer[] {
  if (current.length === 0) return current;
  const named = new Set(desired.servers.map(formatServerId));
  if (desired.fallback !== undefined) named.add(formatServerId(desired.fallback));
  return current.filter((server) => !named.has(formatServerId(server)));
}

/**
 * Decides which unnamed servers stay: with `drain` they get no new connections, and are removed when their connections
 * have ended or their time is up. A server that still has a weight always stays once more, because a connection may have
 * just arrived. A server that the file names again simply stays.
 */
export function drainingServers(
  desired: DesiredService,
  { current, remembered, connections, now }: Omit<ServiceFacts, "servers" | "fallbackOverride">,
): DrainingServers {
  const { drainMs = 0 } = desired;
  if (drainMs === 0) return NO_SERVERS;
  const servers: RealServer[] = [];
  const since: Record<string, number> = {};
  let nextAt = Infinity;
  for (const server of unnamedServers(desired, current)) {
    const id = formatServerId(server);
    const began = Math.min(remembered?.drainingSince?.[id] ?? now, now);
    const endsAt = began + drainMs;
    if (now >= endsAt || (server.weight === 0 && connections?.get(id) === 0)) continue;
    servers.push({ ...server, weight: 0 });
    since[id] = began;
    nextAt = Math.min(nextAt, endsAt, now + DRAIN_LOOK_MS);
  }
  return { servers, since, nextAt: nextAt === Infinity ? undefined : nextAt };
}
