import { fieldsOf, itemsOf } from "../../core/json/mod.ts";
/** What the daemon believes of a service. */
export interface ServiceHealth {
  /** Its name in the file; undefined where it has none. */
  readonly name: string | undefined;
  /** Servers that serve. */
  readonly serving: number;
  /** Servers that the file gives it. */
  readonly configured: number;
  /** Whether it has its quorum. */
  readonly quorumMet: boolean;
  /** What is believed of its servers, by `formatServerId`; null where one has no check. */
  readonly servers: ReadonlyMap<string, string | null>;
}

/** What the daemon believes, by `formatServiceId`. */
export type TableHealth = ReadonlyMap<string, ServiceHealth>;

/** What of the daemon's status is about health; what is not understood is passed over, for it may be of any version. */
export function readStatus(status: unknown): TableHealth {
  const health = new Map<string, ServiceHealth>();
  for (const service of itemsOf(fieldsOf(status)["services"]).map(fieldsOf)) {
    const servers = itemsOf(service["servers"]).map(fieldsOf);
    health.set(String(service["service"]), {
      name: typeof service["name"] === "string" ? service["name"] : undefined,
      serving: Number(service["serving"]),
      configured: servers.length,
      quorumMet: fieldsOf(service["quorum"])["met"] !== false,
      servers: new Map(servers.map(({ address, health: word }) => [
        String(address),
        typeof word === "string" ? word : null,
      ])),
    });
  }
  return health;
}
