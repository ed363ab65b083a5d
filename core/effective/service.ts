import {
  compareServerIds,
  defined,
  type DesiredService,
  formatServerId,
  hasQuorum,
  type Health,
  type RealServer,
  type ServerId,
  type ServiceEntry,
  servingOf,
} from "../model/mod.ts";
import { DRAIN_LOOK_MS, drainingServers } from "./draining_servers.ts";
import { decideServer, type ServerDecision } from "./server.ts";
import type { RememberedService } from "./memory.ts";
import { fullWeight, type WeightParts } from "./weight.ts";
import type { ServerFacts, ServiceFacts } from "./inputs.ts";

/** One server's weight in the table, and the reasons. */
export interface EffectiveServer {
  /** The server as configured. */
  readonly server: RealServer;
  /** The facts that decided. */
  readonly facts: ServerFacts;
  /** Its health by its check, and unhealthy if its agent reports it down. */
  readonly health: Health;
  /** The parts of its weight while it is healthy. */
  readonly parts: WeightParts;
  /** Its weight in the table; `undefined`: not in the table. */
  readonly weight: number | undefined;
  /** Whether it is unhealthy, and in the table only because of the panic threshold. */
  readonly isRetained: boolean;
}

/** The entry that the kernel should have for one virtual service, and the reasons. */
export interface EffectiveService {
  /** The service with its servers in the order of the file, then the draining servers, then the fallback. */
  readonly entry: ServiceEntry;
  /** The servers of the file, in its order. */
  readonly servers: readonly EffectiveServer[];
  /** Servers that take connections because they are healthy, or unknown and already taking some. */
  readonly serving: number;
  /** The sum of their weights, without slow start: the quorum counts it. */
  readonly servingWeight: number;
  /** Whether the serving servers reach the quorum. */
  readonly quorumMet: boolean;
  /** Unhealthy servers that stay in the table because of the panic threshold. */
  readonly retained: readonly ServerId[];
  /** Servers that the file does not name, and that stay until its own servers are known to serve. */
  readonly kept: readonly ServerId[];
  /** Draining servers, which the file does not name. */
  readonly draining: readonly ServerId[];
  /** Whether the fallback is in the table for a lost quorum. */
  readonly onFallback: boolean;
  /** The new record of the service. */
  readonly remembered: RememberedService;
  /** When this may change by itself; milliseconds since 1970. Undefined if it does not. */
  readonly nextAt?: number;
}

/**
 * The unhealthy servers that the panic threshold retains: by address, so that equal tables and equal health always give
 * the same choice.
 *
 * Only servers that serve now can be retained. A quiesced one would be restored rather than retained, although its check
 * fails.
 */
function chooseRetained(decisions: readonly ServerDecision[], count: number): readonly ServerDecision[] {
  if (count <= 0) return [];
  return decisions
    .filter(({ health, parts, current }) =>
      health === "unhealthy" && parts.keptBy === undefined && fullWeight(parts) > 0 && (current?.weight ?? 0) > 0
    )
    .sort((a, b) => compareServerIds(a.facts.server, b.facts.server))
    .slice(0, count);
}

/**
 * The known state of the quorum. It is certainly lost only if it would be lost even with all servers of unknown health
 * serving.
 */
function rememberedQuorum(
  desired: DesiredService,
  decisions: readonly ServerDecision[],
  { isMet, wasMet }: { readonly isMet: boolean; readonly wasMet: boolean | undefined },
): RememberedService["quorum"] {
  if (isMet) return "met";
  const best = decisions.map(({ health, counted, parts }) => health === "unknown" ? fullWeight(parts) : counted);
  const isPossible = hasQuorum(desired.quorum, servingOf(desired.servers, best), defined({ met: wasMet }));
  return isPossible ? wasMet === undefined ? undefined : wasMet ? "met" : "lost" : "lost";
}

/**
 * Whether the servers of the file are known to serve without any others: the health of each is known, and the healthy
 * ones reach the quorum. A host name without an address may stand for one of the others. Results that an earlier daemon
 * stored prove nothing until a probe has repeated them.
 */
function serveAlone(
  desired: DesiredService,
  decisions: readonly ServerDecision[],
  { wasMet }: { readonly wasMet: boolean | undefined },
): boolean {
  if (desired.unresolved !== undefined || decisions.some(isUncertain)) return false;
  if (decisions.length === 0) return true;
  const serving = servingOf(
    desired.servers,
    decisions.map(({ health, counted }) => health === "healthy" ? counted : 0),
  );
  return serving.servers > 0 && hasQuorum(desired.quorum, serving, defined({ met: wasMet }));
}

/** Whether other directors keep a server although it is unhealthy here. */
function isVetoed({ parts: { keptBy } }: ServerDecision): boolean {
  return keptBy !== undefined;
}

/** Whether the servers reach the quorum together with those that other directors keep: the fallback is not needed. */
function serveForOthers(desired: DesiredService, decisions: readonly ServerDecision[]): boolean {
  const weights = decisions.map((decision) => isVetoed(decision) ? fullWeight(decision.parts) : decision.counted);
  return hasQuorum(desired.quorum, servingOf(desired.servers, weights), { met: true });
}

function isUncertain({ health, facts: { isStale = false } }: ServerDecision): boolean {
  return health === "unknown" || (health === "healthy" && isStale);
}

/**
 * Decides the entry that the kernel should have now for one service.
 *
 * In this order, each step with the results of the ones before it:
 *
 * 1. Health: the check's; a server whose agent reports it down is unhealthy.
 * 2. Weight: {@linkcode fullWeight} of file or check, agent and override; the slow start takes its share of it.
 * 3. Decision by server. A healthy server, and every server without a check, is in the table with that weight. An
 *    unhealthy one is removed, or with `quiesce` is in the table with weight 0: also if the kernel does not have it, so
 *    that the table shows it (like keepalived's inhibit_on_failure; ldirectord leaves it absent). An unknown one stays as
 *    the kernel has it, in or out, quiesced or not: without evidence nothing is added or removed. One that an override
 *    puts in maintenance is in the table with weight 0. Until an agent has reported, or a check that sets weights has set
 *    one, the kernel's weight stays.
 * 4. Quorum: the weight of the serving servers, without slow start, against the configured amount; within the hysteresis
 *    it stays as it was. While it is lost, the fallback is in the table too. Servers that still serve stay (keepalived
 *    removes them, which loses capacity just when it is short). A quorum of 1 is ldirectord's rule.
 * 5. Panic: if fewer servers than the panic threshold would serve, unhealthy ones that serve in the kernel now stay with
 *    their weight until the threshold is reached. They do not count for the quorum, and do not keep the fallback away.
 * 6. Other directors: an unhealthy server that the kernel has stays with its weight while enough others vouch for it
 *    ({@linkcode decideVeto}). It does not count for the quorum, but keeps the fallback away.
 * 7. Servers that the file does not name stay until its own are known to serve, and are then drained:
 *    {@linkcode drainingServers}. While one of them serves, the fallback is not needed.
 *
 * A server with weight 0 does not serve.
 *
 * @param options.decisions The result of {@linkcode decideServers}, by default made here.
 */
export function effectiveService(
  desired: DesiredService,
  facts: ServiceFacts,
  { decisions = [...decideServers(desired, facts)] }: { readonly decisions?: readonly ServerDecision[] } = {},
): EffectiveService {
  const { remembered, now } = facts;
  const counted = servingOf(desired.servers, decisions.map(({ counted }) => counted));
  const wasMet = remembered?.quorum === undefined ? undefined : remembered.quorum === "met";
  const quorumMet = hasQuorum(desired.quorum, counted, defined({ met: wasMet }));
  const kept = decisions.filter(isVetoed).length;
  const retained = new Set(chooseRetained(decisions, desired.panicThreshold - counted.servers - kept));
  const servers = new Map<string, RealServer>();
  const effective = decisions.map((decision): EffectiveServer => {
    const { facts, id, health, parts } = decision;
    const { server } = facts;
    const isRetained = retained.has(decision);
    const weight = isRetained ? fullWeight(parts) : decision.weight;
    if (weight !== undefined) servers.set(id, weight === server.weight ? server : { ...server, weight });
    return { server, facts, health, parts, weight, isRetained };
  });
  const unnamed = drainingServers(desired, { ...facts, canLeave: () => serveAlone(desired, decisions, { wasMet }) });
  for (const server of [...unnamed.kept, ...unnamed.servers]) servers.set(formatServerId(server), server);
  const isServed = quorumMet || unnamed.kept.some(({ weight }) => weight > 0) ||
    (kept > 0 && serveForOthers(desired, decisions));
  const fallback = isServed ? undefined : overriddenFallback(desired, facts);
  if (fallback !== undefined) {
    // A configured server that is the fallback too serves as the fallback now, which is the last.
    servers.delete(formatServerId(fallback));
    servers.set(formatServerId(fallback), fallback);
  }
  const quorum = rememberedQuorum(desired, decisions, { isMet: quorumMet, wasMet });
  // The next result of a check may change no health, so nothing else leads to a new decision.
  const repeatedAt = unnamed.kept.length > 0 && decisions.some(({ facts }) => facts.isStale)
    ? now + DRAIN_LOOK_MS
    : Infinity;
  const nextAt = Math.min(
    ...decisions.map((decision) => decision.nextAt ?? Infinity),
    unnamed.nextAt ?? Infinity,
    repeatedAt,
  );
  return defined({
    entry: { service: desired.service, servers: [...servers.values()] },
    servers: effective,
    serving: counted.servers,
    servingWeight: counted.weight,
    quorumMet,
    retained: [...retained].map(({ facts: { server: { address, port } } }) => ({ address, port })),
    kept: unnamed.kept.map(({ address, port }) => ({ address, port })),
    draining: unnamed.servers.map(({ address, port }) => ({ address, port })),
    onFallback: fallback !== undefined,
    remembered: defined({
      quorum,
      fallback: quorum === "lost" && fallback !== undefined ? true as const : undefined,
      servers: Object.fromEntries(decisions.map(({ id, remembered }) => [id, remembered])),
      drainingSince: unnamed.servers.length === 0 ? undefined : unnamed.since,
    }),
    nextAt: nextAt === Infinity ? undefined : nextAt,
  });
}

/** Makes steps 1 to 3 of {@linkcode effectiveService} for each server when it is taken: there may be thousands. */
export function* decideServers(
  desired: DesiredService,
  { servers, current: listed, remembered, now }: ServiceFacts,
): Generator<ServerDecision, void, undefined> {
  const current = new Map(listed.map((server) => [formatServerId(server), server]));
  for (const facts of servers) yield decideServer(desired, { facts, current, remembered, now });
}

/** The fallback with its override's weight, if it has an override. */
function overriddenFallback(
  { fallback }: DesiredService,
  { fallbackOverride }: Pick<ServiceFacts, "fallbackOverride">,
): RealServer | undefined {
  if (fallback === undefined || fallbackOverride === undefined) return fallback;
  return { ...fallback, weight: fallbackOverride.weight === "maint" ? 0 : fallbackOverride.weight };
}
