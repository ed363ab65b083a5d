import type { CheckMethod, CheckPath, ServerId } from "../model/mod.ts";
import type { ExchangeOptions, Outcome } from "../net/mod.ts";

/**
 * Probes once, by one protocol. Deadline, schedule and state are the caller's; a prober has no memory.
 *
 * It does not throw for anything that a server or the network does: that is an outcome.
 */
export type Prober<C extends CheckMethod = CheckMethod> = (
  target: ServerId,
  check: C & CheckPath,
  options: ExchangeOptions,
) => Promise<Outcome>;

/** What {@linkcode runProber} probes. */
export interface ProberJob {
  /** Whom. */
  readonly target: ServerId;
  /** How. */
  readonly check: CheckMethod & CheckPath;
}
