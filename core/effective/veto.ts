import type { Health, RealServer } from "../model/mod.ts";
import type { ServerFacts } from "./inputs.ts";
import type { Veto } from "./memory.ts";

const NONE: Veto = { isActive: false };

/**
 * Decides whether the verdict of other directors keeps a server in the table. It only ever prevents a removal: a server
 * that the kernel does not have, or has with weight 0, stays so. While their verdicts are not known yet, it keeps what
 * they kept before.
 *
 * @param options.health Its health by check and agent: what the server's own agent reports is not disputed.
 * @param options.since When others began to keep it, as the last pass remembered it.
 */
export function decideVeto(
  { health: checked, agent, vouch }: Pick<ServerFacts, "health" | "agent" | "vouch">,
  { health, isInMaintenance, current, since: before, now }: {
    readonly health: Health;
    readonly isInMaintenance: boolean;
    readonly current: RealServer | undefined;
    readonly since: number | undefined;
    readonly now: number;
  },
): Veto {
  if (health === "healthy") return NONE;
  // If the time of day was set back, the limit begins at the new time.
  const remembered = before === undefined ? undefined : Math.min(before, now);
  const isInUse = (current?.weight ?? 0) > 0 && !isInMaintenance;
  const isDisputed = checked === "unhealthy" && agent?.health !== "down" && vouch !== undefined;
  if (!isInUse || !isDisputed) return { isActive: false, since: remembered };
  const since = remembered ?? (vouch.directors > 0 ? now : undefined);
  if (since === undefined) return NONE;
  const endsAt = since + vouch.limitMs;
  return now < endsAt ? { isActive: true, since, nextAt: endsAt } : { isActive: false, since };
}
