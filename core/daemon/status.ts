import { type HealthState, longestDelayMs } from "../health/mod.ts";
import { type Change, type DesiredService, formatServiceId, type RealServer } from "../model/mod.ts";
import {
  decideServers,
  type EffectiveService,
  effectiveService,
  type ServerDecision,
  type WeightParts,
} from "../effective/mod.ts";
import { factsFrom, type Knowledge, type TableReader } from "../follow/mod.ts";

/** The status of one real server of one service. */
export interface ServerStatus {
  /** The server as configured. */
  readonly server: RealServer;
  /** The state of its check; undefined if it has no check. */
  readonly state: HealthState | undefined;
  /** The key of the job that checks it; undefined if it has no check. */
  readonly job?: string | undefined;
  /** The longest time from a check to the next; milliseconds. Undefined if it has no check. */
  readonly intervalMs?: number | undefined;
  /** Its intended weight in the table; undefined: not in the table. */
  readonly weight: number | undefined;
  /** Whether it is unhealthy, and in the table only because of the panic threshold. */
  readonly isRetained: boolean;
  /** The parts of its weight. */
  readonly parts: WeightParts;
}

/** The status of one virtual service. */
export interface ServiceStatus {
  /** The service as configured. */
  readonly desired: DesiredService;
  /** Its intended entry in the table, and the reasons. */
  readonly effective: EffectiveService;
  /** Its servers, in the order of the file. */
  readonly servers: readonly ServerStatus[];
}

/** The status of a daemon. */
export interface DaemonStatus {
  /** Its services, in the order of the file. */
  readonly services: readonly ServiceStatus[];
  /** Changes that it could not make yet, or that it only reports. */
  readonly differences: readonly Change[];
  /** Why the last pass could not make all of its changes; it is tried again. */
  readonly failures: readonly string[];
}

/** The number of servers between two pauses for other work. */
const STEP_SERVERS = 256;

/**
 * The status of each loaded service, worked out when it is taken: there may be thousands, with thousands of servers each.
 *
 * @returns Undefined stands for a pause for other work.
 */
export function* serviceStatuses(
  table: TableReader,
  knowledge: Knowledge,
): Generator<ServiceStatus | undefined, void, undefined> {
  const { jobs } = knowledge;
  const facts = factsFrom(table, knowledge);
  for (const desired of jobs.services) {
    const known = facts(desired);
    const decisions: ServerDecision[] = [];
    for (const decision of decideServers(desired, known)) {
      decisions.push(decision);
      if (decisions.length % STEP_SERVERS === 0) yield;
    }
    const effective = effectiveService(desired, known, { decisions });
    if (decisions.length >= STEP_SERVERS) yield;
    yield { desired, effective, servers: serverStatuses(effective, { desired, knowledge }) };
  }
}

function serverStatuses(
  { servers }: EffectiveService,
  { desired, knowledge: { jobs, records } }: { readonly desired: DesiredService; readonly knowledge: Knowledge },
): ServerStatus[] {
  const probes = jobs.of(desired).map(({ probe }) => probe);
  return servers.map(({ server, weight, isRetained, parts }, index) => {
    const probe = probes[index];
    const state = probe === undefined ? undefined : records.state(probe.key);
    const intervalMs = probe === undefined ? undefined : longestDelayMs(probe.check);
    return { server, state, job: probe?.key, intervalMs, weight, isRetained, parts };
  });
}

/**
 * The known state of the quorum of the services with a name in the file: lost if one of them has lost it; `undefined` if
 * it is not known yet, or no service has the name.
 */
export function quorumOf({ jobs, remembered }: Knowledge, name: string): "met" | "lost" | undefined {
  const services = jobs.services.filter((service) => service.name === name);
  const quorums = services.map(({ service }) => remembered.get(formatServiceId(service.id))?.quorum);
  if (quorums.includes("lost")) return "lost";
  return quorums.length > 0 && quorums.every((quorum) => quorum === "met") ? "met" : undefined;
}

/** The health of all services in a few numbers. */
export interface HealthSummary {
  /** The number of servers with a check. */
  readonly checked: number;
  /** The number of healthy servers among them. */
  readonly healthy: number;
  /** The services that have lost their quorum: their names in the file, or their identities. */
  readonly belowQuorum: readonly string[];
}

/** Summarizes the health of all loaded services without reading the kernel. */
export function summarizeHealth({ jobs, records, remembered }: Knowledge): HealthSummary {
  let [checked, healthy] = [0, 0];
  const belowQuorum: string[] = [];
  for (const service of jobs.services) {
    for (const { probe } of jobs.of(service)) {
      if (probe === undefined) continue;
      checked++;
      if (records.state(probe.key).health === "healthy") healthy++;
    }
    const id = formatServiceId(service.service.id);
    if (remembered.get(id)?.quorum === "lost") belowQuorum.push(service.name ?? id);
  }
  return { checked, healthy, belowQuorum };
}
