import { type DesiredService, formatServerId, formatServiceId, type ServerId, type ServiceId } from "../model/mod.ts";
import type { ConnectionEnds, LookedUpService } from "../reconcile/mod.ts";
import { drainTimeOf, type RememberedService } from "../effective/mod.ts";
import type { HealthKernel } from "./kernel.ts";

/**
 * Looks up the connections of servers in the kernel's table without blocking: the result is by service, in their order,
 * and by the names of the servers. Rejects when the signal is aborted.
 */
export type BackgroundLookup = (
  services: readonly LookedUpService[],
  options: { readonly signal: AbortSignal },
) => Promise<readonly ReadonlyMap<string, ConnectionEnds>[]>;

/** The entries in the kernel's connection table for a server; `undefined` without a lookup. */
export type EndsOf = (id: ServiceId, server: ServerId) => ConnectionEnds | undefined;

/**
 * The draining servers that stay only because of inactive connections: those may be closed, which the kernel's counts
 * do not show.
 *
 * @param kernel The kernel.
 * @param options.services The services of the file.
 * @param options.remembered Their records, by their names.
 */
export function idleDrainingServers(
  kernel: HealthKernel,
  options: {
    readonly services: readonly DesiredService[];
    readonly remembered: ReadonlyMap<string, RememberedService>;
  },
): LookedUpService[] {
  const { services, remembered } = options;
  return services.flatMap((service) => {
    const { service: { id } } = service;
    const draining = remembered.get(formatServiceId(id))?.drainingSince;
    if (drainTimeOf(service) === 0 || draining === undefined) return [];
    const servers = (kernel.countedServers?.(id) ?? []).filter((server) =>
      Object.hasOwn(draining, formatServerId(server)) && server.weight === 0 && server.activeConnections === 0 &&
      server.inactiveConnections > 0
    );
    return servers.length === 0 ? [] : [{ id, servers }];
  });
}

/** The result of a lookup, by service and server. */
export function endsOf(
  services: readonly LookedUpService[],
  result: readonly ReadonlyMap<string, ConnectionEnds>[],
): EndsOf {
  const byService = new Map(services.map(({ id }, index) => [formatServiceId(id), result[index]]));
  return (id, server) => byService.get(formatServiceId(id))?.get(formatServerId(server));
}
