import type { AgentRecords, HealthRecords, HealthState, JobTable } from "../health/mod.ts";
import {
  type Check,
  type CheckTiming,
  type DesiredService,
  formatServerId,
  formatServiceId,
  type Override,
  overrideOf,
  type RealServer,
  type ServerId,
  type ServiceId,
} from "../model/mod.ts";
import { closedAmong } from "../reconcile/mod.ts";
import {
  type AgentReport,
  drainTimeOf,
  lastResult,
  type RememberedService,
  type ServerFacts,
  type ServiceFacts,
  unnamedServers,
  type Vouch,
} from "../effective/mod.ts";
import type { EndsOf } from "./draining_servers.ts";
import { currentServers, type TableReader } from "./kernel.ts";

/** A server of a service, with its check. */
export interface CheckedServer {
  /** The service. */
  readonly service: ServiceId;
  /** The server. */
  readonly server: ServerId;
  /** Its check. */
  readonly check: Check;
}

/** The verdict of other directors on a server; undefined unless enough of them see it healthy. */
export type VouchOf = (checked: CheckedServer) => Vouch | undefined;

/** All that is known at a moment, except the kernel's table. */
export interface Knowledge {
  /** The jobs of the services that the file declares. */
  readonly jobs: JobTable;
  /** The health of the servers. */
  readonly records: HealthRecords;
  /** The reports of their agents. */
  readonly agents: AgentRecords;
  /** The overrides of servers, active or expired. */
  readonly overrides: readonly Override[];
  /** The records of the services' last pass, by their names. */
  readonly remembered: ReadonlyMap<string, RememberedService>;
  /** The closed connections of draining servers; without them, every connection counts as open. */
  readonly ends?: EndsOf | undefined;
  /** The verdicts of other directors; without them, the checks of this one decide alone. */
  readonly vouchOf?: VouchOf | undefined;
  /** The time of day; milliseconds since 1970. */
  readonly now: number;
}

/**
 * Gathers the facts that decide about services, from the kernel and from what is known. The list of services is read
 * from the kernel at once, everything else for each service in its turn.
 *
 * @returns Gathers the facts about one service of {@linkcode Knowledge.jobs}.
 */
export function factsFrom(
  kernel: TableReader,
  knowledge: Knowledge,
): (service: DesiredService) => ServiceFacts {
  const servers = currentServers(kernel);
  return (service) => {
    const { id } = service.service;
    const { remembered, now } = knowledge;
    const current = servers(id);
    return {
      servers: serverFacts(service, knowledge),
      fallbackOverride: overrideFor(service, service.fallback, knowledge),
      current,
      remembered: remembered.get(formatServiceId(id)),
      connections: openConnections(kernel, { service, current, ends: knowledge.ends }),
      now,
    };
  };
}

function serverFacts(service: DesiredService, knowledge: Knowledge): ServerFacts[] {
  const { jobs, records, agents, vouchOf } = knowledge;
  return jobs.of(service).map(({ server, probe, agent }): ServerFacts => {
    const state = probe === undefined ? undefined : records.state(probe.key);
    return {
      server,
      health: state === undefined ? "healthy" : state.health,
      isStale: probe !== undefined && isStale(state, { check: probe.check, now: knowledge.now }),
      lastResult: state === undefined ? undefined : lastResult(state),
      requestedWeight: state?.weight,
      agent: agent === undefined ? undefined : agentReport(agents, agent.key),
      vouch: probe !== undefined && state?.health === "unhealthy"
        ? vouchOf?.({ service: service.service.id, server, check: probe.check })
        : undefined,
      override: overrideFor(service, server, knowledge),
    };
  });
}

/** Whether the last result is older than two rounds of the check, or missing. */
function isStale(
  state: HealthState | undefined,
  { check, now }: { readonly check: Pick<CheckTiming, "intervalMs" | "timeoutMs">; readonly now: number },
): boolean {
  const last = state?.history.at(-1);
  return last === undefined || now - last.at > 2 * (check.intervalMs + check.timeoutMs);
}

function agentReport(agents: AgentRecords, key: string): AgentReport | undefined {
  const state = agents.state(key);
  return state.answeredAt === undefined && state.silent === undefined ? undefined : state;
}

function overrideFor(
  { service }: DesiredService,
  server: ServerId | undefined,
  { overrides, now }: Pick<Knowledge, "overrides" | "now">,
): Override | undefined {
  // Mostly there is no override, and there may be thousands of servers.
  if (server === undefined || overrides.length === 0) return undefined;
  return overrideOf(overrides, { service: service.id, server, now });
}

/** Counts the connections of a service's draining servers, without those known to be closed, if any server drains. */
function openConnections(
  kernel: TableReader,
  { service, current, ends }: {
    readonly service: DesiredService;
    readonly current: readonly RealServer[];
    readonly ends: EndsOf | undefined;
  },
): ReadonlyMap<string, number> | undefined {
  const { service: { id } } = service;
  if (drainTimeOf(service) === 0 || kernel.countedServers === undefined) return undefined;
  // A server that still has its weight stays for this pass, whatever its connections are.
  const draining = new Set(
    unnamedServers(service, current).filter(({ weight }) => weight === 0).map(formatServerId),
  );
  if (draining.size === 0) return undefined;
  const counts = new Map<string, number>();
  for (const server of kernel.countedServers(id)) {
    const name = formatServerId(server);
    const { activeConnections: active, inactiveConnections: inactive } = server;
    if (draining.has(name)) counts.set(name, active + inactive - closedAmong(server, ends?.(id, server)));
  }
  return counts;
}
