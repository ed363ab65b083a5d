import type { DesiredService, Health, Override, RealServer, ServerId, ServiceId } from "../model/mod.ts";
import type { RememberedService } from "./memory.ts";
import type { AgentReport } from "./weight.ts";

/** What the effective state depends on, beside what is desired. */
export interface EffectiveContext {
  /** What is believed of a server of a service; not asked for a service without a check. */
  readonly health: (service: DesiredService, server: RealServer) => Health;
  /** The real servers that the kernel has for a service now; `undefined` if it has no such service. */
  readonly current: (id: ServiceId) => readonly RealServer[] | undefined;
  /**
   * The time of day; milliseconds since 1970.
   *
   * @default {0}
   */
  readonly now?: number;
  /** The weight that a server asks for by its check; `undefined` if it asks for none. Without it, nobody does. */
  readonly asked?: (service: DesiredService, server: RealServer) => number | undefined;
  /** What the agent of a server has said; `undefined` while it has not been heard. Not asked for one without an agent. */
  readonly agent?: (service: DesiredService, server: RealServer) => AgentReport | undefined;
  /** What an operator said of a server, or of the fallback. Without it, nobody has said anything. */
  readonly override?: (service: DesiredService, server: ServerId) => Override | undefined;
  /** What is remembered of a service; `undefined` if it is looked at for the first time. */
  readonly standing?: (service: DesiredService) => RememberedService | undefined;
  /**
   * How many connections a server has, active and inactive, without those that are known to be closed. Without it,
   * servers that leave are drained by time alone.
   */
  readonly connections?: (id: ServiceId, server: ServerId) => number | undefined;
}
