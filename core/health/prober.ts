import type { CheckMethod, CheckPath, ServerId } from "../model/mod.ts";
import type { ExchangeOptions, Outcome } from "../net/mod.ts";

/**
 * Probes once by one protocol. The caller manages deadline, schedule and state; a prober has no state.
 *
 * It does not throw for anything that a server or the network does: that is an outcome.
 */
export type Prober<C extends CheckMethod = CheckMethod> = (
  target: ServerId,
  check: C & CheckPath,
  options: ExchangeOptions,
) => Promise<Outcome>;

/** Target and check of {@linkcode runProber}. */
export interface ProberJob {
  /** Address and port to probe. */
  readonly target: ServerId;
  /** The check. */
  readonly check: CheckMethod & CheckPath;
}
