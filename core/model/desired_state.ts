import type { Agent } from "./agent.ts";
import type { Check } from "./check.ts";
import type { SyncDaemon, Timeouts } from "./kernel_settings.ts";
import type { Notification } from "./notification.ts";
import type { Quorum } from "./quorum.ts";
import { formatServerId, type RealServer, type ServerId } from "./server.ts";
import type { VirtualService } from "./service.ts";
import type { Vip } from "./vip.ts";

/** What happens in the table to a server that becomes unhealthy. */
export const FAILURE_REACTIONS = ["remove", "quiesce"] as const;

/** One of {@linkcode FAILURE_REACTIONS}. */
export type FailureReaction = (typeof FAILURE_REACTIONS)[number];

/** How a server is looked after, beside what the kernel knows of it. */
export interface ServerCare {
  /** How it is checked; undefined: it is taken as healthy. */
  readonly check?: Check;
  /** Who is asked how much it can take; undefined: nobody. */
  readonly agent?: Agent;
  /** What becomes of it in the table when it is unhealthy. */
  readonly onFailure: FailureReaction;
  /** Whom to tell of it; undefined: nobody. */
  readonly notify?: readonly Notification[];
}

/** How the weight of a server grows after it has recovered. */
export interface SlowStart {
  /** How long it takes; milliseconds. */
  readonly durationMs: number;
  /** What it starts with: percent of the weight that it grows to, 0 to 100. */
  readonly fromPercent: number;
}

/** A virtual service as a file declares it. */
export interface DesiredService extends ServerCare {
  /** Name in the file, for people; undefined where the file gives none. */
  readonly name?: string;
  /** Identity and way of balancing. */
  readonly service: VirtualService;
  /** The real servers with their configured weights. */
  readonly servers: readonly RealServer[];
  /**
   * The servers that are looked after in another way than the service says, by `formatServerId`: {@linkcode careOf}.
   * Undefined where there are none.
   */
  readonly care?: ReadonlyMap<string, ServerCare>;
  /** Server of last resort, in the table while the quorum is lost. */
  readonly fallback?: RealServer;
  /** What the service needs of its servers. */
  readonly quorum: Quorum;
  /** Servers that are never taken out: where fewer would be left, the unhealthy stay in. */
  readonly panicThreshold: number;
  /** How the weight of a server grows after it has recovered; undefined: it has all of it at once. */
  readonly slowStart?: SlowStart;
  /** How long a server that the file no longer names is drained; milliseconds. Undefined: it is removed at once. */
  readonly drainMs?: number;
  /** Whether the VIP of the service goes with its quorum. */
  readonly withdrawVips?: boolean;
}

/** How a server of a service is looked after: what is its own, or else what the service says. */
export function careOf(service: DesiredService, server: ServerId): ServerCare {
  return service.care?.get(formatServerId(server)) ?? service;
}

/** How a server of a service is checked: see {@linkcode careOf}. */
export function checkOf(service: Pick<DesiredService, "check" | "care">, server: ServerId): Check | undefined {
  const own = service.care?.get(formatServerId(server));
  return own === undefined ? service.check : own.check;
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
