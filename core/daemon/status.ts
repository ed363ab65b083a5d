import { type HealthState, toProbeJob } from "../health/mod.ts";
import { type Change, checkOf, type DesiredService, type RealServer } from "../model/mod.ts";
import { type EffectiveService, effectiveService, type WeightParts } from "../effective/mod.ts";
import { contextOf, type HealthKernel, type Knowledge } from "../follow/mod.ts";

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
  /** What its weight is made of. */
  readonly parts: WeightParts;
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

/** How services are, by what is known of them and what the kernel has. */
export function serviceStatuses(
  services: readonly DesiredService[],
  options: { readonly knowledge: Knowledge; readonly kernel: HealthKernel },
): ServiceStatus[] {
  const { knowledge, kernel } = options;
  const context = contextOf(kernel, knowledge);
  return services.map((desired) => {
    const effective = effectiveService(desired, context);
    return {
      desired,
      effective,
      servers: effective.servers.map(({ server, weight, isKept, parts }) => {
        const check = checkOf(desired, server);
        const state = check === undefined ? undefined : knowledge.records.state(toProbeJob(server, check).key);
        return { server, state, weight, kept: isKept, parts };
      }),
      onFallback: desired.fallback !== undefined && !effective.quorumMet,
    };
  });
}
