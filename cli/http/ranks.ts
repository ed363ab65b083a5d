import type { ServerStatus, ServiceStatus } from "../../core/daemon/mod.ts";

/** The state of a server in one word. */
export type ServerState = "healthy" | "unhealthy" | "unknown" | "unchecked" | "maintenance" | "draining";

/** The state of a service: "attention" if something is wrong and it has its quorum. */
export type ServiceState = "ok" | "attention" | "below quorum";

/** A service with what its place on the page depends on. */
export interface RankedService {
  /** The service. */
  readonly status: ServiceStatus;
  /** Its state. */
  readonly state: ServiceState;
}

/** The numbers of services and servers by their states. */
export interface StateCounts {
  /** Services. */
  readonly services: Record<ServiceState, number>;
  /** Servers. */
  readonly servers: Record<ServerState, number>;
}

/** The state of a server; an override and its agent decide before its check. */
export function serverState({ state, parts: { override, agent } }: ServerStatus): ServerState {
  if (override?.weight === "maint" || agent?.mode === "maint") return "maintenance";
  if (override?.weight === 0 || agent?.mode === "drain") return "draining";
  if (agent?.health === "down") return "unhealthy";
  return state?.health ?? "unchecked";
}

/** Whether a server needs attention: it is not healthy, or not in the table. */
export function isFailing(server: ServerStatus): boolean {
  return ["unhealthy", "unknown"].includes(serverState(server)) || server.weight === undefined;
}

/** The servers, the unhealthy ones first, then others that get no connections, otherwise in the order of the file. */
export function failingServersFirst(servers: readonly ServerStatus[]): readonly ServerStatus[] {
  const ranks = servers.map((server) => ({ server, rank: serverRank(server) }));
  return ranks.sort((a, b) => a.rank - b.rank).map(({ server }) => server);
}

function serverRank(server: ServerStatus): number {
  const state = serverState(server);
  return state === "unhealthy" ? 0 : isFailing(server) ? 1 : state === "maintenance" || state === "draining" ? 2 : 3;
}

/** Works out the state of each service, and counts it. */
export function* rankServices(
  services: Iterable<ServiceStatus>,
  counts: StateCounts,
): Generator<RankedService, void, undefined> {
  for (const status of services) {
    const state = serviceState(status);
    counts.services[state]++;
    for (const server of status.servers) counts.servers[serverState(server)]++;
    yield { status, state };
  }
}

function serviceState({ desired, effective, servers }: ServiceStatus): ServiceState {
  if (!effective.quorumMet || effective.onFallback) return "below quorum";
  const isIll = desired.unresolved !== undefined || effective.retained.length > 0 ||
    servers.some((server) => serverState(server) === "unhealthy");
  return isIll ? "attention" : "ok";
}

const SERVICE_RANKS: Readonly<Record<ServiceState, number>> = { "below quorum": 0, attention: 1, ok: 2 };

/** The services, those below their quorum first, otherwise in the order of the file. */
export function failingServicesFirst(services: readonly RankedService[]): readonly RankedService[] {
  return [...services].sort((a, b) => SERVICE_RANKS[a.state] - SERVICE_RANKS[b.state]);
}

/** The counts before the first service. */
export function noCounts(): StateCounts {
  return {
    services: { ok: 0, attention: 0, "below quorum": 0 },
    servers: { healthy: 0, unhealthy: 0, unknown: 0, unchecked: 0, maintenance: 0, draining: 0 },
  };
}
