import { MAX_WEIGHT, type Override } from "../model/mod.ts";

/** The report of a server's agent. */
export interface AgentReport {
  /** Share of the configured weight; percent. */
  readonly percent: number;
  /** `down`: the server is unhealthy, even if its check passes. */
  readonly health: "up" | "down";
  /** Whether the server takes new connections, and if not, whether it is in maintenance. */
  readonly mode: "ready" | "drain" | "maint";
  /** The agent's reason, as text. */
  readonly reason?: string;
}

/** The parts that a server's weight is computed from. */
export interface WeightParts {
  /** The weight in the file. */
  readonly configured: number;
  /** The weight that its check requested; it replaces the one in the file. */
  readonly requested?: number | undefined;
  /** The report of its agent; undefined if it has none, or none has arrived. */
  readonly agent?: AgentReport | undefined;
  /** The share that its slow start has reached; 100 when it is complete. Percent. */
  readonly slowStartPercent: number;
  /** Its active override. */
  readonly override?: Override | undefined;
  /** The number of other directors that keep it in the table although it is unhealthy here; 0 if it is not known yet. */
  readonly keptBy?: number | undefined;
}

/**
 * The weight of a server that is not in its slow start: its capacity.
 *
 * An override replaces all other parts. Without one it is the weight that the check requested, or else the configured
 * one; times the agent's percentage, rounded up, so that only 0 percent is weight 0; 0 while the agent reports `drain`
 * or `maint`.
 */
export function fullWeight({ configured, requested, agent, override }: WeightParts): number {
  if (override !== undefined) return override.weight === "maint" ? 0 : override.weight;
  const own = requested ?? configured;
  if (agent === undefined) return own;
  if (agent.mode !== "ready") return 0;
  // Multiplies whole numbers first, because 7 times 0.07 is more than 0.49; the largest weights are capped anyway.
  return Math.min(Math.ceil(own * agent.percent / 100), MAX_WEIGHT);
}

/** The weight of a server: its slow start's share of {@linkcode fullWeight}, at least 1. */
export function composeWeight(parts: WeightParts): number {
  const full = fullWeight(parts);
  if (parts.override !== undefined || full === 0) return full;
  return Math.max(1, Math.floor(full * parts.slowStartPercent / 100));
}
