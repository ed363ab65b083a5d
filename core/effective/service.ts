import {
  compareServerIds,
  type DesiredService,
  formatServerId,
  hasQuorum,
  type Health,
  type RealServer,
  type ServerId,
  type ServiceEntry,
  servingOf,
} from "../model/mod.ts";
import { drainingServers } from "./draining.ts";
import { decideServer, type ServerDecision } from "./server.ts";
import type { RememberedService } from "./memory.ts";
import { fullWeight, type WeightParts } from "./weight.ts";
import type { EffectiveContext } from "./inputs.ts";

/** What becomes of one server, and what that is made of. */
export interface EffectiveServer {
  /** The server as configured. */
  readonly server: RealServer;
  /** What is believed of it: its check, and whether its agent says that it is down. */
  readonly health: Health;
  /** What its weight is made of while it is healthy. */
  readonly parts: WeightParts;
  /** Its weight in the table; `undefined`: not in the table. */
  readonly weight: number | undefined;
  /** Whether it is unhealthy, and in because too few others would be left. */
  readonly isKept: boolean;
}

/** What the kernel should have now for one virtual service, and why. */
export interface EffectiveService {
  /** The service with its servers, in the order of the file; then those that leave; the fallback is the last. */
  readonly entry: ServiceEntry;
  /** The servers of the file, in its order. */
  readonly servers: readonly EffectiveServer[];
  /** Servers that take connections because they are healthy, or unknown and taking some already. */
  readonly serving: number;
  /** Whether what serves reaches the quorum. */
  readonly quorumMet: boolean;
  /** Unhealthy servers that are kept in because too few others would be left. */
  readonly kept: readonly ServerId[];
  /** Servers that the file does not name and that are drained. */
  readonly leaving: readonly ServerId[];
  /** What is to be remembered of the service. */
  readonly standing: RememberedService;
  /** When this may change though nothing happens; milliseconds since 1970. Undefined if it does not. */
  readonly nextAt?: number;
}

/**
 * The unhealthy servers to keep in: by address, so that the same table and the same health always choose the same.
 *
 * Only those that serve now can be kept. One that is quiesced already would be brought back rather than kept, and that
 * on the word of a failing check.
 */
function chooseKept(decisions: readonly ServerDecision[], count: number): readonly ServerDecision[] {
  if (count <= 0) return [];
  return decisions
    .filter(({ health, parts, current }) =>
      health === "unhealthy" && fullWeight(parts) > 0 && (current?.weight ?? 0) > 0
    )
    .sort((a, b) => compareServerIds(a.server, b.server))
    .slice(0, count);
}

/**
 * What is known of the quorum. It is lost for certain only where it would be even if all servers of which nothing is
 * known did serve.
 */
function rememberedQuorum(
  desired: DesiredService,
  decisions: readonly ServerDecision[],
  { isMet, met }: { readonly isMet: boolean; readonly met: boolean | undefined },
): RememberedService["quorum"] {
  if (isMet) return "met";
  const best = decisions.map(({ health, counted, parts }) => health === "unknown" ? fullWeight(parts) : counted);
  const isPossible = hasQuorum(desired.quorum, servingOf(desired.servers, best), metOption(met));
  return isPossible ? met === undefined ? undefined : met ? "met" : "lost" : "lost";
}

function metOption(met: boolean | undefined): { readonly met?: boolean } {
  return met === undefined ? {} : { met };
}

/**
 * What the kernel should have now for one service.
 *
 * In this order, each step with what the ones before it made:
 *
 * 1. Health: of the check; a server whose agent says that it is down is unhealthy.
 * 2. Weight: {@linkcode fullWeight} of file or check, agent and operator; of that the share of the slow start.
 * 3. ServerDecision. Without a check every server is in with that weight, and so is a healthy one. An unhealthy one is taken
 *    out, or with `quiesce` is in with weight 0: also where the kernel does not have it, so that the table shows it (as
 *    keepalived's inhibit_on_failure does; ldirectord leaves it absent). An unknown one is as the kernel has it: in or
 *    out, quiesced or not; nothing comes or goes on no evidence. One that an operator has in maintenance is in with
 *    weight 0. While an agent, or a check that gives weights, has not been heard, the kernel's weight stays.
 * 4. Quorum: what serves, with its weight but without its slow start, against what is asked for; within the hysteresis
 *    it is as it was. While it is not reached, the fallback is in too. Servers that still serve stay (keepalived takes
 *    them out, which loses capacity just when it is short). A quorum of 1 is ldirectord's rule.
 * 5. Panic: where fewer would serve than the panic threshold, unhealthy ones that serve in the kernel now stay in with
 *    their weight until there are that many. They do not count for the quorum, and the fallback not for them.
 * 6. Servers that the file does not name leave: {@linkcode drainingServers}.
 *
 * A server with weight 0 does not serve.
 */
export function effectiveService(desired: DesiredService, context: EffectiveContext): EffectiveService {
  const { id } = desired.service;
  const present = context.current(id) ?? [];
  const current = new Map(present.map((item) => [formatServerId(item), item]));
  const before = context.standing?.(desired);
  const decisions = desired.servers.map((server) =>
    decideServer(desired, server, { context, present: current, before })
  );
  const counted = servingOf(desired.servers, decisions.map(({ counted }) => counted));
  const met = before?.quorum === undefined ? undefined : before.quorum === "met";
  const quorumMet = hasQuorum(desired.quorum, counted, metOption(met));
  const kept = new Set(chooseKept(decisions, desired.panicThreshold - counted.servers));
  const servers = new Map<string, RealServer>();
  const effective = decisions.map((decision): EffectiveServer => {
    const { server, id, health, parts } = decision;
    const isKept = kept.has(decision);
    const weight = isKept ? fullWeight(parts) : decision.weight;
    if (weight !== undefined) servers.set(id, weight === server.weight ? server : { ...server, weight });
    return { server, health, parts, weight, isKept };
  });
  const leaving = drainingServers(desired, {
    current: present,
    since: before?.leaving ?? {},
    ...(context.connections === undefined ? {} : { connections: (server) => context.connections?.(id, server) }),
    now: context.now ?? 0,
  });

  for (const server of leaving.servers) servers.set(formatServerId(server), server);
  const fallback = quorumMet ? undefined : weighedFallback(desired, context);
  if (fallback !== undefined) {
    // A server that is the fallback too serves as that now; it is moved to the end.
    servers.delete(formatServerId(fallback));
    servers.set(formatServerId(fallback), fallback);
  }
  const quorum = rememberedQuorum(desired, decisions, { isMet: quorumMet, met });
  const nextAt = Math.min(...decisions.map((decision) => decision.nextAt ?? Infinity), leaving.nextAt ?? Infinity);
  return {
    entry: { service: desired.service, servers: [...servers.values()] },
    servers: effective,
    serving: counted.servers,
    quorumMet,
    kept: [...kept].map(({ server: { address, port } }) => ({ address, port })),
    leaving: leaving.servers.map(({ address, port }) => ({ address, port })),
    standing: {
      ...(quorum === undefined ? {} : { quorum }),
      ...(quorum === "lost" && fallback !== undefined ? { fallback: true } : {}),
      servers: Object.fromEntries(decisions.map(({ id, standing }) => [id, standing])),
      ...(leaving.servers.length === 0 ? {} : { leaving: leaving.since }),
    },
    ...(nextAt === Infinity ? {} : { nextAt }),
  };
}

/** The fallback, with what an operator has said of it. */
function weighedFallback(desired: DesiredService, context: EffectiveContext): RealServer | undefined {
  const { fallback } = desired;
  const said = fallback === undefined ? undefined : context.override?.(desired, fallback);
  if (fallback === undefined || said === undefined) return fallback;
  return { ...fallback, weight: said.weight === "maint" ? 0 : said.weight };
}

/** What the kernel should have now for each service: see {@linkcode effectiveService}. */
export function effectiveEntries(desired: readonly DesiredService[], context: EffectiveContext): ServiceEntry[] {
  return desired.map((service) => effectiveService(service, context).entry);
}
