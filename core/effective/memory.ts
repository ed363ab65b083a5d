import { fieldsOf, isMoment } from "../json/mod.ts";
import type { Health } from "../model/mod.ts";

/** What is remembered of a server from one look at it to the next. */
export interface RememberedServer {
  /** What was last known of it; absent while nothing ever was. */
  readonly health?: Exclude<Health, "unknown">;
  /** Whether it is out of use: unhealthy, or in maintenance. Absent if it is not. */
  readonly outOfUse?: true;
  /** When it last came back into use; milliseconds since 1970. Absent if it never had to. */
  readonly recoveredAt?: number;
}

/** What is remembered of a service from one look at it to the next. A plain JSON value. */
export interface RememberedService {
  /** Whether it had its quorum, when that was last known. */
  readonly quorum?: "met" | "lost";
  /** Whether the fallback stood in for a lost quorum. Absent if it did not. */
  readonly fallback?: true;
  /** Its servers by `formatServerId`. */
  readonly servers: Readonly<Record<string, RememberedServer>>;
  /** Since when servers that the file no longer names are drained, by `formatServerId`; milliseconds since 1970. */
  readonly leaving?: Readonly<Record<string, number>>;
}

/** A service of which nothing is remembered. */
export const NO_STANDING: RememberedService = { servers: {} };

/**
 * What is to be remembered of a server now.
 *
 * A server comes back into use when it was out of it and is known to be healthy, and not in maintenance. One that was
 * healthy when it was first looked at never had to: so a daemon that starts slows nobody down.
 */
export function rememberServer(
  before: RememberedServer | undefined,
  now: { readonly health: Health; readonly isInMaintenance: boolean; readonly at: number },
): RememberedServer {
  const { at } = now;
  const health = now.health === "unknown" ? before?.health : now.health;
  const isOut = now.isInMaintenance || now.health === "unhealthy" ||
    (now.health === "unknown" && before?.outOfUse === true);
  const recoveredAt = isOut ? undefined : before?.outOfUse
    ? at
    // Where the time of day was set back, the start of the slow start goes with it.
    : before?.recoveredAt === undefined
    ? undefined
    : Math.min(before.recoveredAt, at);
  // Mostly nothing has changed, and there are many servers.
  if (
    before !== undefined && before.health === health && isOut === (before.outOfUse === true) &&
    before.recoveredAt === recoveredAt
  ) return before;
  return {
    ...(health === undefined ? {} : { health }),
    ...(isOut ? { outOfUse: true } : {}),
    ...(recoveredAt === undefined ? {} : { recoveredAt }),
  };
}

/** Reads standings that were stored as JSON, by the names of their services; what cannot be read is forgotten. */
export function readRememberedServices(value: unknown): Map<string, RememberedService> {
  const standings = new Map<string, RememberedService>();
  for (const [name, stored] of Object.entries(fieldsOf(value))) {
    const { quorum, fallback, servers, leaving } = fieldsOf(stored);
    const moments = Object.entries(fieldsOf(leaving)).filter((entry): entry is [string, number] => isMoment(entry[1]));
    standings.set(name, {
      ...(quorum === "met" || quorum === "lost" ? { quorum } : {}),
      ...(fallback === true ? { fallback } : {}),
      servers: Object.fromEntries(
        Object.entries(fieldsOf(servers)).map(([id, server]) => [id, readRememberedServer(server)]),
      ),
      ...(moments.length === 0 ? {} : { leaving: Object.fromEntries(moments) }),
    });
  }
  return standings;
}

function readRememberedServer(value: unknown): RememberedServer {
  const { health, outOfUse, recoveredAt } = fieldsOf(value);
  return {
    ...(health === "healthy" || health === "unhealthy" ? { health } : {}),
    ...(outOfUse === true ? { outOfUse } : {}),
    ...(isMoment(recoveredAt) ? { recoveredAt } : {}),
  };
}
