/** Units of a quorum: serving servers, the sum of their weights, or that sum in percent of the configured one. */
export const QUORUM_UNITS = ["servers", "weight", "percent"] as const;

/** How many serving servers a service needs. */
export interface Quorum {
  /** Unit of the amount. */
  readonly unit: (typeof QUORUM_UNITS)[number];
  /** Needed amount, 1 or more. */
  readonly amount: number;
  /**
   * Distance from `amount` at which the quorum changes: it is gained at `amount + hysteresis` and lost below
   * `amount - hysteresis`. Less than `amount`.
   */
  readonly hysteresis: number;
}

/** The default quorum: one serving server. */
export const DEFAULT_QUORUM: Quorum = { unit: "servers", amount: 1, hysteresis: 0 };

/** The serving servers of a service, counted in each unit of a quorum. */
export interface Serving {
  /** Number of serving servers. */
  readonly servers: number;
  /** Sum of their weights. */
  readonly weight: number;
  /** Sum of the configured weights of all servers. */
  readonly configuredWeight: number;
}

/** Counts the serving servers of a service, which are those with a weight above 0. */
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
 * Whether a service has its quorum.
 *
 * @param options.met Whether the service had it before, which decides within the hysteresis; undefined if unknown: then
 * `amount` alone decides.
 */
export function hasQuorum(
  quorum: Quorum,
  serving: Serving,
  options: { readonly met?: boolean | undefined } = {},
): boolean {
  const { unit, amount, hysteresis } = quorum;
  const { met } = options;
  const needed = amount + (met === undefined ? 0 : met ? -hysteresis : hysteresis);
  // Not by division, because the configured weight can be 0.
  if (unit === "percent") return serving.weight > 0 && serving.weight * 100 >= needed * serving.configuredWeight;
  return (unit === "servers" ? serving.servers : serving.weight) >= needed;
}

/** Writes the amount of a quorum: "2", "weight 10", "50 %". */
export function formatQuorum({ unit, amount }: Quorum): string {
  return unit === "servers" ? String(amount) : unit === "weight" ? `weight ${amount}` : `${amount} %`;
}
