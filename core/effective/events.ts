import {
  type DesiredService,
  formatQuorum,
  formatServerId,
  type NotificationEvent,
  type RealServer,
  type ServerId,
  type ServiceEvent,
} from "../model/mod.ts";
import type { EffectiveServer, EffectiveService } from "./service.ts";
import type { RememberedService } from "./memory.ts";

/**
 * What has happened to a service since it was looked at the last time.
 *
 * Only what is known counts: a server of which nothing is known yet is neither up nor down. What is bad is told at the
 * first look as well; what is good only if it was bad before. First the servers, then the quorum, then the fallback.
 *
 * @param desired The service.
 * @param options.effective What becomes of it now.
 * @param options.before What was remembered of it; undefined at the first look.
 * @param options.reason Why a server is as it is believed to be, for people.
 * @param options.at The time of day; milliseconds since 1970.
 */
export function serviceEvents(
  desired: DesiredService,
  options: {
    readonly effective: EffectiveService;
    readonly before: RememberedService | undefined;
    readonly reason: (server: RealServer) => string;
    readonly at: number;
  },
): ServiceEvent[] {
  const { effective, before, reason, at } = options;
  const { quorum, fallback } = effective.standing;
  const events: ServiceEvent[] = [];
  const add = (
    kind: NotificationEvent,
    about: { readonly server?: ServerId; readonly reason: string; readonly weight?: number | undefined },
  ): void => {
    const { server, weight } = about;
    events.push({
      kind,
      service: desired.service.id,
      ...(desired.name === undefined ? {} : { name: desired.name }),
      ...(server === undefined ? {} : { server: { address: server.address, port: server.port } }),
      reason: about.reason,
      ...(weight === undefined ? {} : { weight }),
      at,
    });
  };
  for (const { server, weight, parts } of effective.servers) {
    const id = formatServerId(server);
    const health = effective.standing.servers[id]?.health;
    const known = before?.servers[id]?.health;
    const isDown = health === "unhealthy";
    if (isDown === (known === "unhealthy")) continue;
    const said = isDown && parts.agent?.health === "down" ? agentReason(parts.agent.reason) : reason(server);
    add(isDown ? "server_down" : "server_up", { server, weight, reason: said });
  }
  const count = quorumReason(desired, effective.servers);
  if (quorum === "lost" && before?.quorum !== "lost") add("quorum_down", { reason: count });
  if (quorum === "met" && before?.quorum === "lost") add("quorum_up", { reason: count });
  if (desired.fallback !== undefined && fallback !== before?.fallback) {
    const id = formatServerId(desired.fallback);
    const weight = effective.entry.servers.find((server) => formatServerId(server) === id)?.weight;
    const server = desired.fallback;
    if (fallback) add("fallback_on", { server, weight, reason: `the quorum is lost: ${count}` });
    else add("fallback_off", { server, weight, reason: `the quorum is there: ${count}` });
  }
  return events;
}

function agentReason(reason: string | undefined): string {
  return reason === undefined ? "its agent says that it is down" : `its agent says that it is down: ${reason}`;
}

function quorumReason({ quorum }: DesiredService, servers: readonly EffectiveServer[]): string {
  const serving = servers.filter(({ health, weight, isKept }) =>
    !isKept && health !== "unhealthy" && (weight ?? 0) > 0
  );
  return `${serving.length} of ${servers.length} servers serve, the quorum is ${formatQuorum(quorum)}`;
}
