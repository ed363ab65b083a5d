import { type DesiredService, formatServerId, formatServiceId, type ServerId, type ServiceId } from "../model/mod.ts";
import type { ConnectionEnds, LookedUpService } from "../reconcile/mod.ts";
import type { RememberedService } from "../effective/mod.ts";
import type { HealthKernel } from "./kernel.ts";

/**
 * Looks the connections of servers up in the kernel's table while everything else goes on: by service, in their order,
 * and by the names of the servers. Rejects when the signal is aborted.
 */
export type BackgroundLookup = (
  services: readonly LookedUpService[],
  options: { readonly signal: AbortSignal },
) => Promise<readonly ReadonlyMap<string, ConnectionEnds>[]>;

/** What was found in the kernel's table of a server; `undefined` if nobody has looked. */
export type EndsOf = (id: ServiceId, server: ServerId) => ConnectionEnds | undefined;

/**
 * The servers that leave, and stay only for connections that are inactive: those may be closed, which the kernel's
 * counts do not tell.
 *
 * @param kernel The kernel.
 * @param services Those of the file.
 * @param standings What is remembered of them, by their names.
 */
export function idleDrainingServers(
  kernel: HealthKernel,
  services: readonly DesiredService[],
  standings: ReadonlyMap<string, RememberedService>,
): LookedUpService[] {
  return services.flatMap(({ service: { id }, drainMs = 0 }) => {
    const leaving = standings.get(formatServiceId(id))?.leaving;
    if (drainMs === 0 || leaving === undefined) return [];
    const servers = (kernel.countedServers?.(id) ?? []).filter((server) =>
      Object.hasOwn(leaving, formatServerId(server)) && server.weight === 0 && server.activeConnections === 0 &&
      server.inactiveConnections > 0
    );
    return servers.length === 0 ? [] : [{ id, servers }];
  });
}

/** What was found of some services, to be asked server by server. */
export function endsOf(
  services: readonly LookedUpService[],
  found: readonly ReadonlyMap<string, ConnectionEnds>[],
): EndsOf {
  const byService = new Map(services.map(({ id }, index) => [formatServiceId(id), found[index]]));
  return (id, server) => byService.get(formatServiceId(id))?.get(formatServerId(server));
}
