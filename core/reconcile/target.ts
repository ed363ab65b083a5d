import type { ServiceEntry, SyncDaemon, Timeouts, Vip } from "../model/mod.ts";

/** What the kernel is to be made. A part that is undefined is left as it is. */
export interface Target {
  /** Services with their servers, each exactly as given. */
  readonly services: readonly ServiceEntry[];
  /** Whether services that are not named, and VIPs that lvsctl added, are deleted, or else left alone. */
  readonly exact: boolean;
  /** Names of the services that are looked at, and may be deleted, by an exact target; all without it. */
  readonly within?: ReadonlySet<string> | undefined;
  /** Timeouts; those that are 0 are left as they are. */
  readonly timeouts?: Timeouts | undefined;
  /** All sync daemons. */
  readonly syncDaemons?: readonly SyncDaemon[] | undefined;
  /** The VIPs that lvsctl is to have on the interfaces. */
  readonly vips?: readonly Vip[] | undefined;
}
