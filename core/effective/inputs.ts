import type { Health, Override, RealServer } from "../model/mod.ts";
import type { RememberedService } from "./memory.ts";
import type { AgentReport } from "./weight.ts";

/** The verdict of other directors that a server is healthy. */
export interface Vouch {
  /**
   * The number of directors that see it healthy; no other sees it unhealthy. 0 at the start of a daemon while their
   * verdicts are not known yet: then it only lasts, and does not begin.
   */
  readonly directors: number;
  /** The longest time for which they keep it in the table; milliseconds. */
  readonly limitMs: number;
}

/** The facts about one server that decide its weight. */
export interface ServerFacts {
  /** The server as configured. */
  readonly server: RealServer;
  /** The health that its check found; healthy if it has no check. */
  readonly health: Health;
  /** Whether the last result of its check is too old to speak for the server now, as after a pause of the daemon. */
  readonly isStale?: boolean | undefined;
  /** The last result of its check, as text; undefined before the first, and without a check. */
  readonly lastResult?: string | undefined;
  /** The weight that its check requested; undefined if it requested none. */
  readonly requestedWeight?: number | undefined;
  /** The report of its agent; undefined until the agent has answered or failed to answer, and without an agent. */
  readonly agent?: AgentReport | undefined;
  /** What other directors see, if it is unhealthy here and enough of them see it healthy. */
  readonly vouch?: Vouch | undefined;
  /** Its active override. */
  readonly override?: Override | undefined;
}

/** The facts about one service that decide its entry in the table, in addition to the file. */
export interface ServiceFacts {
  /** One for each server, in the order of the file. */
  readonly servers: readonly ServerFacts[];
  /** The active override of the fallback. */
  readonly fallbackOverride?: Override | undefined;
  /** The real servers that the kernel has for the service now; empty if it has no such service. */
  readonly current: readonly RealServer[];
  /** The record of the service's last pass; undefined at the first. */
  readonly remembered?: RememberedService | undefined;
  /**
   * Connections of draining servers by `formatServerId`, active and inactive, without those known to be closed.
   * Undefined if the kernel has no counts; only time ends draining then.
   */
  readonly connections?: ReadonlyMap<string, number> | undefined;
  /** The time of day; milliseconds since 1970. */
  readonly now: number;
}
