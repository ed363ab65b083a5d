import type { Agent } from "./agent.ts";
import type { Check } from "./check.ts";
import type { HealthSharing } from "./health_sharing.ts";
import type { SyncDaemon, Timeouts } from "./kernel_settings.ts";
import type { Notification } from "./notification.ts";
import type { Quorum } from "./quorum.ts";
import { formatServerId, type RealServer, type ServerId } from "./server.ts";
import type { VirtualService } from "./service.ts";
import type { Vip } from "./vip.ts";
import type { MetricsSettings } from "./metrics.ts";
import type { VrrpGroup, VrrpInstance } from "./vrrp.ts";

/** Changes of the table for a server that becomes unhealthy. */
export const FAILURE_REACTIONS = ["remove", "quiesce"] as const;

/** One of {@linkcode FAILURE_REACTIONS}. */
export type FailureReaction = (typeof FAILURE_REACTIONS)[number];

/** How a server is monitored, in addition to its settings in the kernel. */
export interface ServerCare {
  /** Its check; undefined: the server counts as healthy. */
  readonly check?: Check;
  /** Its agent, which knows its capacity; undefined: none. */
  readonly agent?: Agent;
  /** Its place in the table while it is unhealthy. */
  readonly onFailure: FailureReaction;
  /** Notifications about it; undefined: none. */
  readonly notify?: readonly Notification[];
}

/** How the weight of a recovered server grows. */
export interface SlowStart {
  /** Duration of the growth; milliseconds. */
  readonly durationMs: number;
  /** First weight, in percent of the final one, 0 to 100. */
  readonly fromPercent: number;
}

/** A host name or a source in a service of a file that stands for no server at present. */
export interface UnresolvedHost {
  /** The name of the host or of the source. */
  readonly host: string;
  /** The reason, as text. */
  readonly reason: string;
}

/** A virtual service as a file declares it. */
export interface DesiredService extends ServerCare {
  /** Name in the file, for users; undefined without one. */
  readonly name?: string;
  /** Identity and scheduling. */
  readonly service: VirtualService;
  /** The real servers with their configured weights. */
  readonly servers: readonly RealServer[];
  /** Host names of servers that `servers` lacks because they have no usable address at present; undefined without any. */
  readonly unresolved?: readonly UnresolvedHost[];
  /** The sources that servers come from, by `formatServerId`; undefined without any. */
  readonly origins?: ReadonlyMap<string, string>;
  /**
   * The servers that are monitored differently from the rest of the service, by `formatServerId`: see
   * {@linkcode careOf}. Undefined without any.
   */
  readonly care?: ReadonlyMap<string, ServerCare>;
  /** Server of last resort, in the table while the quorum is lost. */
  readonly fallback?: RealServer;
  /** How many of its servers the service needs. */
  readonly quorum: Quorum;
  /** Number of servers that stay in the table in any case: if fewer would remain, unhealthy ones stay too. */
  readonly panicThreshold: number;
  /** How the weight of a recovered server grows; undefined: it has its full weight at once. */
  readonly slowStart?: SlowStart;
  /** How long a server that is not in the file is drained; milliseconds, 0 removes it at once. Undefined: 10 s. */
  readonly drainMs?: number;
  /** Whether the VIP of the service is removed while its quorum is lost. */
  readonly withdrawVips?: boolean;
}

/** How a server of a service is monitored: by its own settings, or else by the service's. */
export function careOf(service: DesiredService, server: ServerId): ServerCare {
  return service.care?.get(formatServerId(server)) ?? service;
}

/** The check of a server of a service: see {@linkcode careOf}. */
export function checkOf(service: Pick<DesiredService, "check" | "care">, server: ServerId): Check | undefined {
  const own = service.care?.get(formatServerId(server));
  return own === undefined ? service.check : own.check;
}

/** The state that a file declares. An undefined part is not declared, and is left unchanged. */
export interface DesiredState {
  /** The kernel's timeouts. */
  readonly timeouts?: Timeouts;
  /** All of the kernel's sync daemons. */
  readonly syncDaemons?: readonly SyncDaemon[];
  /** All of the addresses that lvsctl maintains on the director's interfaces. */
  readonly vips?: readonly Vip[];
  /** The virtual routers, which only the daemon runs. */
  readonly vrrp?: readonly VrrpInstance[];
  /** The groups of virtual routers. */
  readonly vrrpGroups?: readonly VrrpGroup[];
  /** How the daemon serves its status page and its metrics. */
  readonly metrics?: MetricsSettings;
  /** How it uses the verdicts of other directors; undefined: not at all. */
  readonly healthSharing?: HealthSharing;
  /** The virtual services in the file. */
  readonly services: readonly DesiredService[];
}
