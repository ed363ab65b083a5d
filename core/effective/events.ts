import {
  checkOf,
  defined,
  type DesiredService,
  formatQuorum,
  formatServerId,
  type NotificationEvent,
  type ServerId,
  type ServiceEvent,
} from "../model/mod.ts";
import { keptText } from "./explain.ts";
import type { EffectiveServer, EffectiveService } from "./service.ts";
import type { RememberedService } from "./memory.ts";

/**
 * The events of a service since its last pass: first the servers, then the quorum, then the fallback.
 *
 * Only known states count: a server of unknown health is neither up nor down. A bad state is an event at the first pass
 * too; a good one only after a bad one.
 *
 * @param desired The service.
 * @param options.effective The decision about it.
 * @param options.before The record of its last pass; undefined at the first.
 * @param options.at The time of day; milliseconds since 1970.
 */
export function serviceEvents(
  desired: DesiredService,
  options: {
    readonly effective: EffectiveService;
    readonly before: RememberedService | undefined;
    readonly at: number;
  },
): ServiceEvent[] {
  const { effective, before, at } = options;
  const { quorum, fallback } = effective.remembered;
  const events: ServiceEvent[] = [];
  const add = (
    kind: NotificationEvent,
    about: { readonly server?: ServerId; readonly reason: string; readonly weight?: number | undefined },
  ): void => {
    const { server, reason, weight } = about;
    events.push(defined({
      kind,
      service: desired.service.id,
      name: desired.name,
      server: server === undefined ? undefined : { address: server.address, port: server.port },
      reason,
      weight,
      at,
    }));
  };
  for (const each of effective.servers) {
    const { server, weight } = each;
    const id = formatServerId(server);
    const isDown = effective.remembered.servers[id]?.health === "unhealthy";
    const wasDown = before?.servers[id]?.health === "unhealthy";
    if (isDown === wasDown) continue;
    const reason = isDown ? downReason(desired, each) : checkReason(desired, each);
    add(isDown ? "server_down" : "server_up", { server, weight, reason });
  }
  const count = quorumReason(desired, effective.servers);
  if (quorum === "lost" && before?.quorum !== "lost") add("quorum_down", { reason: count });
  if (quorum === "met" && before?.quorum === "lost") add("quorum_up", { reason: count });
  if (desired.fallback !== undefined && fallback !== before?.fallback) {
    const id = formatServerId(desired.fallback);
    const weight = effective.entry.servers.find((server) => formatServerId(server) === id)?.weight;
    const server = desired.fallback;
    if (fallback) add("fallback_on", { server, weight, reason: `the quorum is lost: ${count}` });
    else {add("fallback_off", {
        server,
        weight,
        reason: `${quorum === "lost" ? "other servers serve" : "the quorum is met"}: ${count}`,
      });}
  }
  return events;
}

function downReason(desired: DesiredService, server: EffectiveServer): string {
  const { agent, keptBy } = server.parts;
  if (keptBy !== undefined) return `${checkReason(desired, server)}; ${keptText(keptBy)}`;
  if (agent?.health !== "down") return checkReason(desired, server);
  return agent.reason === undefined ? "its agent reports down" : `its agent reports down: ${agent.reason}`;
}

function checkReason(desired: DesiredService, { server, facts }: EffectiveServer): string {
  return checkOf(desired, server) === undefined ? "it has no check" : facts.lastResult ?? facts.health;
}

function quorumReason({ quorum }: DesiredService, servers: readonly EffectiveServer[]): string {
  const serving = servers.filter(({ health, weight, isRetained }) =>
    !isRetained && health !== "unhealthy" && (weight ?? 0) > 0
  );
  return `${serving.length} of ${servers.length} servers serve, the quorum is ${formatQuorum(quorum)}`;
}

/**
 * Whether the state that an event reported still lasts.
 *
 * @param event The event.
 * @param remembered The record of the service now.
 * @returns `undefined` if that is unknown, or if the event reported no lasting state.
 */
export function stillLasts(event: ServiceEvent, remembered: RememberedService | undefined): boolean | undefined {
  const { kind, server } = event;
  if (kind === "server_down" && server !== undefined) {
    const health = remembered?.servers[formatServerId(server)]?.health;
    return health === undefined ? undefined : health === "unhealthy";
  }
  // The fallback follows the quorum, so it is unknown until the quorum is known.
  if (remembered?.quorum === undefined) return undefined;
  if (kind === "quorum_down") return remembered.quorum === "lost";
  return kind === "fallback_on" ? remembered.fallback === true : undefined;
}
