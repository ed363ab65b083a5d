import type { CheckMethod, CheckPath } from "../model/mod.ts";
import type { ProbeOutcome, ProberOptions, ProbeTarget } from "../net/mod.ts";

/**
 * Probes once, by one protocol. Deadline, schedule and state are the caller's; a prober has no memory.
 *
 * It does not throw for anything that a server or the network does: that is an outcome.
 */
export type Prober<C extends CheckMethod = CheckMethod> = (
  target: ProbeTarget,
  check: C & CheckPath,
  options: ProberOptions,
) => Promise<ProbeOutcome>;

/** What {@linkcode runProber} probes. */
export interface ProberJob {
  /** Whom. */
  readonly target: ProbeTarget;
  /** How. */
  readonly check: CheckMethod & CheckPath;
}
