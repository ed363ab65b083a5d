import type { Check } from "./check.ts";
import type { SyncDaemon, Timeouts } from "./kernel_settings.ts";
import type { RealServer } from "./server.ts";
import type { VirtualService } from "./service.ts";
import type { Vip } from "./vip.ts";

/** What happens in the table to a server that becomes unhealthy. */
export const FAILURE_REACTIONS = ["remove", "quiesce"] as const;

/** One of {@linkcode FAILURE_REACTIONS}. */
export type FailureReaction = (typeof FAILURE_REACTIONS)[number];

/** A virtual service as a file declares it. */
export interface DesiredService {
  /** Name in the file, for people; undefined where the file gives none. */
  readonly name?: string;
  /** Identity and way of balancing. */
  readonly service: VirtualService;
  /** The real servers with their configured weights. */
  readonly servers: readonly RealServer[];
  /** How the servers are checked; undefined: they are taken as healthy. */
  readonly check?: Check;
  /** What becomes of an unhealthy server in the table. */
  readonly onFailure: FailureReaction;
  /** Server of last resort, in the table while fewer than `quorum` servers are healthy. */
  readonly fallback?: RealServer;
  /** Healthy servers that the service needs. */
  readonly quorum: number;
  /** Servers that are never taken out: where fewer would be left, the unhealthy stay in. */
  readonly panicThreshold: number;
}

/** What a file declares. A part that is undefined is not declared and is left as it is. */
export interface DesiredState {
  /** The kernel's timeouts. */
  readonly timeouts?: Timeouts;
  /** The kernel's sync daemons, all of them. */
  readonly syncDaemons?: readonly SyncDaemon[];
  /** The addresses that lvsctl keeps on the director's interfaces, all of them. */
  readonly vips?: readonly Vip[];
  /** The virtual services that the file names. */
  readonly services: readonly DesiredService[];
}
