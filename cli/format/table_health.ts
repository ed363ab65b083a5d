import { fieldsOf, itemsOf } from "../../core/json/mod.ts";

/** The health of a service's servers, by the daemon. */
export interface ServiceHealth {
  /** The service's name in the file; undefined if it has none. */
  readonly name: string | undefined;
  /** The number of servers in use. */
  readonly serving: number;
  /** The number of servers in the file. */
  readonly configured: number;
  /** Whether it has its quorum. */
  readonly quorumMet: boolean;
  /** The health of each server, by `formatServerId`; null for a server without a check. */
  readonly servers: ReadonlyMap<string, string | null>;
}

/** The health of the services, by `formatServiceId`. */
export type TableHealth = ReadonlyMap<string, ServiceHealth>;

/** Reads the health from the daemon's status; unknown fields are ignored, because the daemon may have another version. */
export function readStatus(status: unknown): TableHealth {
  const health = new Map<string, ServiceHealth>();
  for (const service of itemsOf(fieldsOf(status)["services"]).map(fieldsOf)) {
    const servers = itemsOf(service["servers"]).map(fieldsOf);
    health.set(String(service["service"]), {
      name: typeof service["name"] === "string" ? service["name"] : undefined,
      serving: Number(service["serving"]),
      configured: servers.length,
      quorumMet: fieldsOf(service["quorum"])["met"] !== false,
      servers: new Map(servers.map(({ server, address, health: word }) => [
        // Version 0.1 wrote address and port as the address.
        String(server ?? address),
        typeof word === "string" ? word : null,
      ])),
    });
  }
  return health;
}
