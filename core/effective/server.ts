import { careOf, checkOf, type DesiredService, formatServerId, type Health, type RealServer } from "../model/mod.ts";
import { slowStartShare } from "./slow_start.ts";
import { type RememberedServer, rememberServer } from "./memory.ts";
import { composeWeight, fullWeight, type WeightParts } from "./weight.ts";
import type { ServerFacts, ServiceFacts } from "./inputs.ts";
import { decideVeto } from "./veto.ts";

/** The decision about one server, before quorum and panic threshold. */
export interface ServerDecision {
  /** The facts that it rests on. */
  readonly facts: ServerFacts;
  /** Its name within the service: `formatServerId`. */
  readonly id: string;
  /** Its health by check and agent. */
  readonly health: Health;
  /** The server as the kernel has it now; undefined if the kernel does not have it. */
  readonly current: RealServer | undefined;
  /** The parts of its weight. */
  readonly parts: WeightParts;
  /** Its weight in the table; `undefined`: not in the table. */
  readonly weight: number | undefined;
  /** The weight that counts for a quorum: as if the slow start was complete; 0 if the server does not serve. */
  readonly counted: number;
  /** Its new record. */
  readonly remembered: RememberedServer;
  /** When this may change by itself; milliseconds since 1970. Undefined if it does not. */
  readonly nextAt: number | undefined;
}

/** Decides about one server of a service. */
export function decideServer(
  service: DesiredService,
  options: Pick<ServiceFacts, "remembered" | "now"> & {
    /** The facts about the server. */
    readonly facts: ServerFacts;
    /** The kernel's servers by their names. */
    readonly current: ReadonlyMap<string, RealServer>;
  },
): ServerDecision {
  const { facts, remembered: before, now } = options;
  const { server, agent, override } = facts;
  const id = formatServerId(server);
  const current = options.current.get(id);
  const health = agent?.health === "down" ? "unhealthy" : facts.health;
  const isInMaintenance = override === undefined ? agent?.mode === "maint" : override.weight === "maint";
  const rememberedServer = before?.servers[id];
  const veto = decideVeto(facts, { health, isInMaintenance, current, since: rememberedServer?.vetoedAt, now });
  const remembered = rememberServer(rememberedServer, { health, isInMaintenance, veto, at: now });
  const { percent, nextAt } = slowStartShare(service.slowStart, { since: remembered.recoveredAt, now });
  const parts: WeightParts = {
    configured: server.weight,
    requested: facts.requestedWeight,
    agent,
    slowStartPercent: percent,
    override,
    keptBy: veto.isActive ? facts.vouch?.directors : undefined,
  };
  const wasDraining = before?.drainingSince?.[id] !== undefined;
  const weight = weightInTable(service, { server, health, current, parts, wasDraining });
  return {
    facts,
    id,
    health,
    current,
    parts,
    weight,
    counted: weight === undefined || weight === 0 || veto.isActive ? 0 : fullWeight(parts),
    remembered,
    nextAt: earlier(earlier(nextAt, override?.until), veto.nextAt),
  };
}

function earlier(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined ? b : b === undefined ? a : Math.min(a, b);
}

/** What {@linkcode weightInTable} decides by. */
interface WeightInputs extends Pick<ServerDecision, "health" | "current" | "parts"> {
  readonly server: RealServer;
  /** Whether the server drained at the last pass: the file names it again. */
  readonly wasDraining: boolean;
}

function weightInTable(service: DesiredService, inputs: WeightInputs): number | undefined {
  const { server, health, current, parts, wasDraining } = inputs;
  // In the table with weight 0, a server in maintenance keeps its connections.
  if (parts.override?.weight === "maint") return 0;
  switch (health) {
    case "healthy":
      return current !== undefined && lacksReport(service, inputs) ? current.weight : composeWeight(parts);
    case "unhealthy":
      if (parts.keptBy !== undefined && current !== undefined) {
        return lacksReport(service, inputs) ? current.weight : composeWeight(parts);
      }
      return careOf(service, server).onFailure === "quiesce" ? 0 : undefined;
    case "unknown":
      // A quiesced server may be quiesced for a failure that this process has yet to find; but a server that the file
      // names again was quiesced only because the file did not name it.
      if (current === undefined) return undefined;
      if (current.weight === 0 && !wasDraining) return 0;
      return lacksReport(service, inputs) || lacksRequest(service, inputs) ? current.weight : composeWeight(parts);
  }
}

/** Whether a server has an agent that has not reported: the kernel's weight stays until then. */
function lacksReport(service: DesiredService, { server, parts }: Pick<WeightInputs, "server" | "parts">): boolean {
  return parts.override === undefined && parts.agent === undefined && careOf(service, server).agent !== undefined;
}

/** Whether a server's check sets the weight and has not set one: the kernel's weight stays until then. */
function lacksRequest(service: DesiredService, { server, parts }: Pick<WeightInputs, "server" | "parts">): boolean {
  if (parts.override !== undefined || parts.requested !== undefined) return false;
  const check = checkOf(service, server);
  return check !== undefined &&
    (check.type === "exec" ? check.exitStatus === "weight" : check.type === "file" && check.condition === "weight");
}
