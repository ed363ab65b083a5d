import {
  careOf,
  checkOf,
  compareServerIds,
  type DesiredService,
  formatServerId,
  hasQuorum,
  type Health,
  type RealServer,
  type ServerId,
  type ServiceEntry,
  type ServiceId,
  servingOf,
} from "../model/mod.ts";

/** What the effective state depends on, beside what is desired. */
export interface EffectiveContext {
  /** What is believed of a server of a service; not asked for a service without a check. */
  readonly health: (service: DesiredService, server: RealServer) => Health;
  /** The real servers that the kernel has for a service now; `undefined` if it has no such service. */
  readonly current: (id: ServiceId) => readonly RealServer[] | undefined;
}

/** What the kernel should have now for one virtual service, and why. */
export interface EffectiveService {
  /** The service with its servers, in the order of the file; the fallback is the last. */
  readonly entry: ServiceEntry;
  /** Servers that take connections because they are healthy, or unknown and taking some already. */
  readonly serving: number;
  /** Whether `serving` reaches the quorum. */
  readonly quorumMet: boolean;
  /** Unhealthy servers that are kept in because too few others would be left. */
  readonly kept: readonly ServerId[];
}

/** What becomes of one server. */
interface Placement {
  readonly server: RealServer;
  readonly health: Health;
  /** As the kernel has it now. */
  readonly current: RealServer | undefined;
  /** Weight in the table; `undefined`: not in the table. */
  readonly weight: number | undefined;
}

/** Weight by health alone, before quorum and panic threshold. */
function healthWeight(service: DesiredService, placement: Omit<Placement, "weight">): number | undefined {
  const { server, health, current } = placement;
  switch (health) {
    case "healthy":
      return server.weight;
    case "unhealthy":
      return careOf(service, server).onFailure === "quiesce" ? 0 : undefined;
    case "unknown":
      // A quiesced server may be quiesced for a failure that this process has yet to see.
      return current === undefined ? undefined : current.weight === 0 ? 0 : server.weight;
  }
}

/**
 * The unhealthy servers to keep in: by address, so that the same table and the same health always choose the same.
 *
 * Only those that serve now can be kept. One that is quiesced already would be brought back rather than kept, and that
 * on the word of a failing check.
 */
function chooseKept(placements: readonly Placement[], count: number): readonly Placement[] {
  if (count <= 0) return [];
  return placements
    .filter(({ server, health, current }) => health === "unhealthy" && server.weight > 0 && (current?.weight ?? 0) > 0)
    .sort((a, b) => compareServerIds(a.server, b.server))
    .slice(0, count);
}

/**
 * What the kernel should have now for one service.
 *
 * - Without a check every server is in as configured, and so is a healthy one.
 * - An unhealthy one is taken out, or with `quiesce` is in with weight 0: also where the kernel does not have it, so
 *   that the table shows it (as keepalived's inhibit_on_failure does; ldirectord leaves it absent).
 * - An unknown one is as the kernel has it: in or out, quiesced or not. Nothing comes or goes on no evidence.
 * - While fewer servers serve than the quorum asks for, the fallback is in too. Those that still serve stay (keepalived
 *   takes them out, which loses capacity just when it is short). A quorum of 1 is ldirectord's rule.
 * - Where fewer would serve than the panic threshold, unhealthy ones that serve in the kernel now stay in with their
 *   configured weight until there are that many. They do not count for the quorum, and the fallback not for them.
 *
 * A server that is configured with weight 0 does not serve.
 */
export function effectiveService(desired: DesiredService, context: EffectiveContext): EffectiveService {
  const current = new Map((context.current(desired.service.id) ?? []).map((item) => [formatServerId(item), item]));
  const placements = desired.servers.map((server): Placement => {
    const placement = {
      server,
      health: checkOf(desired, server) === undefined ? "healthy" as const : context.health(desired, server),
      current: current.get(formatServerId(server)),
    };
    return { ...placement, weight: healthWeight(desired, placement) };
  });
  const counted = servingOf(desired.servers, placements.map(({ weight }) => weight));
  const serving = counted.servers;
  const quorumMet = hasQuorum(desired.quorum, counted);
  const kept = new Set(chooseKept(placements, desired.panicThreshold - serving));

  const servers = new Map<string, RealServer>();
  for (const placement of placements) {
    const { server } = placement;
    const weight = kept.has(placement) ? server.weight : placement.weight;
    if (weight !== undefined) servers.set(formatServerId(server), { ...server, weight });
  }
  const { fallback } = desired;
  if (fallback !== undefined && !quorumMet) {
    // A server that is the fallback too serves as that now; it is moved to the end.
    servers.delete(formatServerId(fallback));
    servers.set(formatServerId(fallback), fallback);
  }
  return {
    entry: { service: desired.service, servers: [...servers.values()] },
    serving,
    quorumMet,
    kept: [...kept].map(({ server: { address, port } }) => ({ address, port })),
  };
}

/** What the kernel should have now for each service: see {@linkcode effectiveService}. */
export function effectiveEntries(desired: readonly DesiredService[], context: EffectiveContext): ServiceEntry[] {
  return desired.map((service) => effectiveService(service, context).entry);
}
