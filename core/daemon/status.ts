import { type HealthRecords, type HealthState, toProbeJob } from "../health/mod.ts";
import {
  type Change,
  checkOf,
  type DesiredService,
  formatServerId,
  type RealServer,
  type ServiceId,
} from "../model/mod.ts";
import { type EffectiveContext, type EffectiveService, effectiveService } from "./effective.ts";

/** How one real server of one service is. */
export interface ServerStatus {
  /** The server as configured. */
  readonly server: RealServer;
  /** What is believed of it and why; undefined where it has no check. */
  readonly state: HealthState | undefined;
  /** The weight that it is to have in the table; undefined: it is not to be there. */
  readonly weight: number | undefined;
  /** Whether it is unhealthy and kept in because too few others would be left. */
  readonly kept: boolean;
}

/** How one virtual service is. */
export interface ServiceStatus {
  /** The service as configured. */
  readonly desired: DesiredService;
  /** What the table is to have of it. */
  readonly effective: EffectiveService;
  /** Its servers, in the order of the file. */
  readonly servers: readonly ServerStatus[];
  /** Whether the fallback server is in use. */
  readonly onFallback: boolean;
}

/** What a daemon knows. */
export interface DaemonStatus {
  /** Its services, in the order of the file. */
  readonly services: readonly ServiceStatus[];
  /** Changes that it could not make yet, or, where it only reports, does not. */
  readonly differences: readonly Change[];
}

/** How services are, by what is recorded of their servers and what the kernel has. */
export function serviceStatuses(
  services: readonly DesiredService[],
  options: { readonly records: HealthRecords; readonly current: (id: ServiceId) => readonly RealServer[] | undefined },
): ServiceStatus[] {
  const { records, current } = options;
  const context: EffectiveContext = {
    health: (service, server) => records.health(server, checkOf(service, server)),
    current,
  };
  return services.map((desired) => {
    const effective = effectiveService(desired, context);
    const weights = new Map(effective.entry.servers.map((server) => [formatServerId(server), server.weight]));
    const kept = new Set(effective.kept.map(formatServerId));
    return {
      desired,
      effective,
      servers: desired.servers.map((server) => {
        const id = formatServerId(server);
        const check = checkOf(desired, server);
        const state = check === undefined ? undefined : records.state(toProbeJob(server, check).key);
        return { server, state, weight: weights.get(id), kept: kept.has(id) };
      }),
      onFallback: desired.fallback !== undefined && !effective.quorumMet,
    };
  });
}
