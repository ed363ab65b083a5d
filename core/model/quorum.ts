/** What a quorum counts: serving servers, the sum of their weights, or that sum as percent of the configured one. */
export const QUORUM_UNITS = ["servers", "weight", "percent"] as const;

/** What a service needs to be whole. */
export interface Quorum {
  /** What is counted. */
  readonly unit: (typeof QUORUM_UNITS)[number];
  /** How much of it there has to be, 1 or more. */
  readonly amount: number;
  /**
   * How far from `amount` the count has to be to change anything: the quorum is gained at `amount + hysteresis` and
   * lost below `amount - hysteresis`. Less than `amount`.
   */
  readonly hysteresis: number;
}

/** One serving server. */
export const DEFAULT_QUORUM: Quorum = { unit: "servers", amount: 1, hysteresis: 0 };

/** What serves, as far as a quorum counts it. */
export interface Serving {
  /** Servers that serve. */
  readonly servers: number;
  /** The sum of their weights. */
  readonly weight: number;
  /** The sum of the weights of all servers, as configured. */
  readonly configuredWeight: number;
}

/** What serves of the servers of a service: those with weights above 0. */
export function servingOf(
  servers: readonly { readonly weight: number }[],
  weights: readonly (number | undefined)[],
): Serving {
  const serving = weights.filter((weight) => weight !== undefined && weight > 0);
  return {
    servers: serving.length,
    weight: serving.reduce((sum: number, weight) => sum + (weight ?? 0), 0),
    configuredWeight: servers.reduce((sum, { weight }) => sum + weight, 0),
  };
}

/**
 * Whether a quorum is there.
 *
 * @param options.met Whether it was there before, which decides within the hysteresis; where nobody knows, the bare
 * amount decides.
 */
export function hasQuorum(quorum: Quorum, serving: Serving, options: { readonly met?: boolean } = {}): boolean {
  const { unit, amount, hysteresis } = quorum;
  const { met } = options;
  const needed = amount + (met === undefined ? 0 : met ? -hysteresis : hysteresis);
  // Without division: a service whose servers all have the weight 0 has no percentages.
  if (unit === "percent") return serving.weight > 0 && serving.weight * 100 >= needed * serving.configuredWeight;
  return (unit === "servers" ? serving.servers : serving.weight) >= needed;
}

/** The amount of a quorum for people: "2", "weight 10", "50 %". */
export function formatQuorum({ unit, amount }: Quorum): string {
  return unit === "servers" ? String(amount) : unit === "weight" ? `weight ${amount}` : `${amount} %`;
}
