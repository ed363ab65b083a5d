import { MAX_WEIGHT, type Override } from "../model/mod.ts";

/** What an agent has made known of a server. */
export interface AgentReport {
  /** Share of the configured weight; percent. */
  readonly percent: number;
  /** `down`: the server is unhealthy, whatever its check says. */
  readonly health: "up" | "down";
  /** Whether the server is to take new connections, and if not, whether an operator said so. */
  readonly mode: "ready" | "drain" | "maint";
  /** Why, for people. */
  readonly reason?: string;
}

/** What the weight of a server is made of. */
export interface WeightParts {
  /** What the file says. */
  readonly configured: number;
  /** What the server asks for by its check, in the place of what the file says. */
  readonly asked?: number;
  /** What its agent said; undefined where it has none, or none that has been heard. */
  readonly agent?: AgentReport;
  /** How far its slow start is; 100 where it is complete. Percent. */
  readonly slowStartPercent: number;
  /** What an operator said. */
  readonly override?: Override;
}

/**
 * The weight of a server that is not in its slow start: how much it can take.
 *
 * An operator's word counts alone. Without one it is the weight that the server asks for by its check, or else the
 * configured one; times the agent's percentage, rounded up, so that only 0 percent is weight 0; none while the agent
 * says `drain` or `maint`.
 */
export function fullWeight({ configured, asked, agent, override }: WeightParts): number {
  if (override !== undefined) return override.weight === "maint" ? 0 : override.weight;
  const own = asked ?? configured;
  if (agent === undefined) return own;
  if (agent.mode !== "ready") return 0;
  // Whole numbers, for 7 times 0.07 is more than 0.49; the largest ones are beyond that, and need no such care.
  return Math.min(Math.ceil(own * agent.percent / 100), MAX_WEIGHT);
}

/** The weight of a server: {@linkcode fullWeight}, and of that the share of its slow start, at least 1. */
export function composeWeight(parts: WeightParts): number {
  const full = fullWeight(parts);
  if (parts.override !== undefined || full === 0) return full;
  return Math.max(1, Math.floor(full * parts.slowStartPercent / 100));
}
