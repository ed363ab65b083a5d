import { type DesiredService, formatServerId, type RealServer, type ServerId } from "../model/mod.ts";
import type { ServiceFacts } from "./inputs.ts";

/** How often the connections of draining servers are counted; milliseconds. */
export const DRAIN_LOOK_MS = 1000;

/** How long servers that the file does not name are drained by default; milliseconds. */
const DEFAULT_DRAIN_MS = 10_000;

/** How long a server that the file of a service does not name is drained; 0 deletes it at once. Milliseconds. */
export function drainTimeOf({ drainMs = DEFAULT_DRAIN_MS }: DesiredService): number {
  return drainMs;
}

/** The servers of a service that the kernel has and the file does not name. */
export interface DrainingServers {
  /** The servers that stay as they are, because the service cannot do without them yet. */
  readonly kept: readonly RealServer[];
  /** The servers that stay for now, with weight 0. */
  readonly servers: readonly RealServer[];
  /** When each of them began to drain, by `formatServerId`; milliseconds since 1970. */
  readonly since: Readonly<Record<string, number>>;
  /** When to decide again; milliseconds since 1970. Undefined if no server drains. */
  readonly nextAt?: number | undefined;
}

/** The kernel's servers of a service that the file names neither as a server nor as the fallback. */
export function unnamedServers(desired: DesiredService, current: readonly RealServer[]): readonly RealServer[] {
  if (current.length === 0 || areSame(current, desired.servers)) return [];
  const named = new Set(desired.servers.map(formatServerId));
  if (desired.fallback !== undefined) named.add(formatServerId(desired.fallback));
  return current.filter((server) => !named.has(formatServerId(server)));
}

/** Whether two lists have the same servers in the same or, as the kernel lists them, in the reverse order: mostly so. */
function areSame(some: readonly ServerId[], others: readonly ServerId[]): boolean {
  if (some.length !== others.length) return false;
  const last = others.length - 1;
  return some.every((server, index) => isSame(server, others[index])) ||
    some.every((server, index) => isSame(server, others[last - index]));
}

function isSame({ address, port }: ServerId, other: ServerId | undefined): boolean {
  return address === other?.address && port === other.port;
}

/**
 * Decides which unnamed servers stay. They are drained: they get no new connections, and are removed when their
 * connections have ended or their time is up. A server that still has a weight always stays once more, because a
 * connection may have just arrived. A server that the file names again simply stays.
 *
 * @param options.canLeave Whether the servers of the file are known to serve without them; otherwise only servers that
 * drain already continue. Called only if there are such servers, which is rare.
 */
export function drainingServers(
  desired: DesiredService,
  { current, remembered, connections, now, canLeave }:
    & Omit<ServiceFacts, "servers" | "fallbackOverride">
    & { readonly canLeave: () => boolean },
): DrainingServers {
  const drainMs = drainTimeOf(desired);
  const kept: RealServer[] = [];
  const servers: RealServer[] = [];
  const since: Record<string, number> = {};
  let nextAt = Infinity;
  for (const server of unnamedServers(desired, current)) {
    const id = formatServerId(server);
    const before = remembered?.drainingSince?.[id];
    if (before === undefined && !canLeave()) {
      kept.push(server);
      continue;
    }
    const began = Math.min(before ?? now, now);
    const endsAt = began + drainMs;
    if (now >= endsAt || (server.weight === 0 && connections?.get(id) === 0)) continue;
    servers.push({ ...server, weight: 0 });
    since[id] = began;
    nextAt = Math.min(nextAt, endsAt, now + DRAIN_LOOK_MS);
  }
  return { kept, servers, since, nextAt: nextAt === Infinity ? undefined : nextAt };
}
