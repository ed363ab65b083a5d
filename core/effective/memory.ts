import { fieldsOf, isMoment } from "../json/mod.ts";
import { defined, type Health } from "../model/mod.ts";

/** Whether other directors keep a server in the table although it is unhealthy here. */
export interface Veto {
  /** Whether they do. */
  readonly isActive: boolean;
  /** When they began, until the server is healthy; milliseconds since 1970. */
  readonly since?: number | undefined;
  /** When they end at the latest; milliseconds since 1970. */
  readonly nextAt?: number | undefined;
}

/** The record of a server from one pass to the next. A plain JSON value. */
export interface RememberedServer {
  /** Its last known health; absent while it was never known. */
  readonly health?: Exclude<Health, "unknown">;
  /** Whether it is out of use: unhealthy, or in maintenance. Absent if it is in use. */
  readonly outOfUse?: true;
  /** When it last came back into use; milliseconds since 1970. Absent if it never had to. */
  readonly recoveredAt?: number;
  /** When other directors began to keep it although it is unhealthy here; milliseconds since 1970. Absent if healthy. */
  readonly vetoedAt?: number;
}

/** The record of a service from one pass to the next. */
export interface RememberedService {
  /** Whether it had its quorum when that was last known. */
  readonly quorum?: "met" | "lost";
  /** Whether the fallback replaced a lost quorum. Absent if it did not. */
  readonly fallback?: true;
  /** Its servers by `formatServerId`. */
  readonly servers: Readonly<Record<string, RememberedServer>>;
  /** When servers that the file no longer names began to drain, by `formatServerId`; milliseconds since 1970. */
  readonly drainingSince?: Readonly<Record<string, number>>;
}

/** A {@linkcode RememberedService} as it is stored. A plain JSON value. */
export interface StoredService extends Omit<RememberedService, "drainingSince"> {
  /** The stored name of `drainingSince`. */
  readonly leaving?: Readonly<Record<string, number>>;
}

/**
 * The new record of a server.
 *
 * A server comes back into use when it was out of use, is known to be healthy, and is not in maintenance. A server that
 * is healthy at the first pass never had to, so that a starting daemon slows no server down.
 */
export function rememberServer(
  before: RememberedServer | undefined,
  now: {
    readonly health: Health;
    readonly isInMaintenance: boolean;
    readonly veto: Veto;
    readonly at: number;
  },
): RememberedServer {
  const { at, veto: { isActive, since: vetoedAt } } = now;
  const health = now.health === "unknown" ? before?.health : now.health;
  const isOut = now.isInMaintenance || (now.health === "unhealthy" && !isActive) ||
    (now.health === "unknown" && before?.outOfUse === true);
  const recoveredAt = isOut ? undefined : before?.outOfUse
    ? at
    // If the time of day was set back, the slow start begins at the new time.
    : before?.recoveredAt === undefined
    ? undefined
    : Math.min(before.recoveredAt, at);
  // Mostly nothing has changed, and there may be thousands of servers.
  if (
    before !== undefined && before.health === health && isOut === (before.outOfUse === true) &&
    before.recoveredAt === recoveredAt && before.vetoedAt === vetoedAt
  ) return before;
  return defined({ health, outOfUse: isOut ? true as const : undefined, recoveredAt, vetoedAt });
}

const QUORUMS = ["met", "lost"] as const;
const HEALTHS = ["healthy", "unhealthy"] as const;

/** The records of services as they are stored, by the names of the services. */
export function storeRememberedServices(
  services: ReadonlyMap<string, RememberedService>,
): Readonly<Record<string, StoredService>> {
  return Object.fromEntries(
    [...services].map(([name, service]): readonly [string, StoredService] => {
      const { drainingSince, ...rest } = service;
      // Mostly no server drains, and then the record is stored as it is.
      return [name, drainingSince === undefined ? service : { ...rest, leaving: drainingSince }];
    }),
  );
}

/** Reads the result of {@linkcode storeRememberedServices} after a trip through a file; ignores unreadable parts. */
export function readRememberedServices(value: unknown): Map<string, RememberedService> {
  const services = new Map<string, RememberedService>();
  for (const [name, stored] of Object.entries(fieldsOf(value))) {
    const { quorum, fallback, servers, leaving } = fieldsOf(stored);
    const moments = Object.entries(fieldsOf(leaving)).filter((entry): entry is [string, number] => isMoment(entry[1]));
    services.set(
      name,
      defined({
        quorum: QUORUMS.find((each) => each === quorum),
        fallback: fallback === true ? true as const : undefined,
        servers: Object.fromEntries(
          Object.entries(fieldsOf(servers)).map(([id, server]) => [id, readRememberedServer(server)]),
        ),
        drainingSince: moments.length === 0 ? undefined : Object.fromEntries(moments),
      }),
    );
  }
  return services;
}

function readRememberedServer(value: unknown): RememberedServer {
  const { health, outOfUse, recoveredAt, vetoedAt } = fieldsOf(value);
  return defined({
    health: HEALTHS.find((each) => each === health),
    outOfUse: outOfUse === true ? true as const : undefined,
    recoveredAt: isMoment(recoveredAt) ? recoveredAt : undefined,
    vetoedAt: isMoment(vetoedAt) ? vetoedAt : undefined,
  });
}
