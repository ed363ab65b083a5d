import type { ServiceEntry, SyncDaemon, Timeouts, Vip } from "../model/mod.ts";

/** The wanted state of the kernel. A part that is undefined is not changed. */
export interface Target {
  /** Services with all of their servers. */
  readonly services: readonly ServiceEntry[];
  /** Whether other services, and other VIPs that lvsctl added, are deleted. */
  readonly exact: boolean;
  /**
   * Whether the servers of services whose scheduler depends on their order get the same order on every director.
   *
   * @default {false}
   */
  readonly ordersServers?: boolean | undefined;
  /** Names of the services that an exact target may delete; all by default. */
  readonly within?: ReadonlySet<string> | undefined;
  /** Timeouts; 0 changes nothing. */
  readonly timeouts?: Timeouts | undefined;
  /** All sync daemons. */
  readonly syncDaemons?: readonly SyncDaemon[] | undefined;
  /** The VIPs that lvsctl owns on the interfaces. */
  readonly vips?: readonly Vip[] | undefined;
}
