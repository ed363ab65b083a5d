import { formatServerId, type ServiceEvent } from "../model/mod.ts";
import type { RememberedService } from "./memory.ts";

/**
 * Whether what was told of a service still holds.
 *
 * @param event What was told.
 * @param standing What is known of the service now.
 * @returns `undefined` if nobody knows, or if it is nothing that lasts.
 */
export function stillLasts(event: ServiceEvent, standing: RememberedService | undefined): boolean | undefined {
  const { kind, server } = event;
  if (kind === "server_down" && server !== undefined) {
    const health = standing?.servers[formatServerId(server)]?.health;
    return health === undefined ? undefined : health === "unhealthy";
  }
  // The fallback follows the quorum, and nothing is known of it before that is.
  if (standing?.quorum === undefined) return undefined;
  if (kind === "quorum_down") return standing.quorum === "lost";
  return kind === "fallback_on" ? standing.fallback === true : undefined;
}
