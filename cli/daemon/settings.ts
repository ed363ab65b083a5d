import type { SiteSettings } from "../http/settings.ts";
import type { StoreOptions } from "../options/store_options.ts";
import type { LogFormat } from "./log.ts";

/** The settings of a daemon, from its command line. */
export interface DaemonSettings {
  /** The configuration file, or the address of the store that has it. */
  readonly file: string;
  /** The connection to the store; undefined for a file. */
  readonly store?: StoreOptions | undefined;
  /** The format of the log. */
  readonly logFormat: LogFormat;
  /** The state file; undefined for the one of this table's daemon. */
  readonly state?: string | undefined;
  /** Whether changes by other programs are corrected. */
  readonly repair: boolean;
  /** How often the table is compared with the file, 0 for never; milliseconds. */
  readonly verifyMs: number;
  /** Whether it brings up the VIPs of its file, and follows `withdraw_vips`. */
  readonly vips: boolean;
  /** Whether its services remain when it stops. */
  readonly onExit: "keep" | "remove";
  /** The id of the group whose users may read the status; undefined for root alone. */
  readonly socketGroup?: number | undefined;
  /** The settings of the status page, the API and the metrics; undefined for those of the file. */
  readonly site?: SiteSettings | undefined;
  /** Whether it changes nothing, and may run together with another daemon. */
  readonly dryRun: boolean;
}
