import {
  careOf,
  checkOf,
  type CheckType,
  type DesiredService,
  formatServerId,
  type Health,
  type RealServer,
} from "../model/mod.ts";
import { slowStartShare } from "./slow_start.ts";
import { type RememberedServer, type RememberedService, rememberServer } from "./memory.ts";
import { composeWeight, fullWeight, type WeightParts } from "./weight.ts";
import type { EffectiveContext } from "./inputs.ts";

/** What becomes of one server, before quorum and panic threshold. */
export interface ServerDecision {
  /** The server as configured. */
  readonly server: RealServer;
  /** Its name within the service: `formatServerId`. */
  readonly id: string;
  /** What is believed of it, with what its agent says. */
  readonly health: Health;
  /** As the kernel has it now; undefined: not at all. */
  readonly current: RealServer | undefined;
  /** What its weight is made of. */
  readonly parts: WeightParts;
  /** Its weight in the table; `undefined`: not in the table. */
  readonly weight: number | undefined;
  /** What it counts for in a quorum: its weight, as if its slow start was over; 0 if it does not serve. */
  readonly counted: number;
  /** What is to be remembered of it. */
  readonly standing: RememberedServer;
  /** When this may change by itself; milliseconds since 1970. Undefined if it does not. */
  readonly nextAt?: number;
}

/** Checks that may ask for a weight, and those that are composed of such. */
const WEIGHING: ReadonlySet<CheckType> = new Set(["exec", "file", "all_of", "any_of", "k_of"]);

/** Places one server of a service. */
export function decideServer(
  service: DesiredService,
  server: RealServer,
  options: {
    readonly context: EffectiveContext;
    readonly present: ReadonlyMap<string, RealServer>;
    readonly before: RememberedService | undefined;
  },
): ServerDecision {
  const { context, present, before } = options;
  const id = formatServerId(server);
  const current = present.get(id);
  const now = context.now ?? 0;
  const { agent: asking, check } = careOf(service, server);
  const agent = asking === undefined ? undefined : context.agent?.(service, server);
  const override = context.override?.(service, server);
  const asked = check === undefined || !WEIGHING.has(check.type) ? undefined : context.asked?.(service, server);
  const believed = check === undefined ? "healthy" : context.health(service, server);
  const health = agent?.health === "down" ? "unhealthy" : believed;
  const isInMaintenance = override === undefined ? agent?.mode === "maint" : override.weight === "maint";
  const standing = rememberServer(before?.servers[id], { health, isInMaintenance, at: now });
  const { percent, nextAt } = slowStartShare(service.slowStart, { since: standing.recoveredAt, now });
  const parts: WeightParts = {
    configured: server.weight,
    ...(asked === undefined ? {} : { asked }),
    ...(agent === undefined ? {} : { agent }),
    slowStartPercent: percent,
    ...(override === undefined ? {} : { override }),
  };
  const weight = weightInTable(service, {
    server,
    health,
    current,
    parts,
    isTakenBack: before?.leaving?.[id] !== undefined,
  });
  const changes = [
    ...(nextAt === undefined ? [] : [nextAt]),
    ...(override?.until === undefined ? [] : [override.until]),
  ];
  return {
    server,
    id,
    health,
    current,
    parts,
    weight,
    counted: weight === undefined || weight === 0 ? 0 : fullWeight(parts),
    standing,
    ...(changes.length === 0 ? {} : { nextAt: Math.min(...changes) }),
  };
}

function weightInTable(
  service: DesiredService,
  placed: Pick<ServerDecision, "server" | "health" | "current" | "parts"> & { readonly isTakenBack: boolean },
): number | undefined {
  const { server, health, current, parts, isTakenBack } = placed;
  // An operator takes it out of use: that it is there with weight 0 keeps its connections.
  if (parts.override?.weight === "maint") return 0;
  switch (health) {
    case "healthy":
      return current !== undefined && isAgentUnheard(service, placed) ? current.weight : composeWeight(parts);
    case "unhealthy":
      return careOf(service, server).onFailure === "quiesce" ? 0 : undefined;
    case "unknown":
      // A quiesced server may be quiesced for a failure that this process has yet to see; but one that the file names
      // again was quiesced for not being named.
      if (current === undefined) return undefined;
      if (current.weight === 0 && !isTakenBack) return 0;
      return isAgentUnheard(service, placed) || givesWeights(service, placed) ? current.weight : composeWeight(parts);
  }
}

/** Whether the agent of a server has yet to be heard: until then its weight is what the kernel has. */
function isAgentUnheard(service: DesiredService, { server, parts }: Pick<ServerDecision, "server" | "parts">): boolean {
  return parts.override === undefined && parts.agent === undefined && careOf(service, server).agent !== undefined;
}

/** Whether a server may ask for a weight by its check, and has not done so. */
function givesWeights(service: DesiredService, { server, parts }: Pick<ServerDecision, "server" | "parts">): boolean {
  if (parts.override !== undefined || parts.asked !== undefined) return false;
  const check = checkOf(service, server);
  return check !== undefined &&
    (check.type === "exec" ? check.exitStatus === "weight" : check.type === "file" && check.condition === "weight");
}
