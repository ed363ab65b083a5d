import type { LogFormat } from "./log.ts";

/** How the daemon is run. */
export interface DaemonSettings {
  /** The file that it brings about. */
  readonly file: string;
  /** How its log is written. */
  readonly logFormat: LogFormat;
  /** Where it leaves what it knows; where the daemon of this table does, if it is not given. */
  readonly state?: string;
  /** Whether it puts right what others make of the table. */
  readonly repair: boolean;
  /** How often it looks whether the table is as it should be, 0 for never; milliseconds. */
  readonly verifyMs: number;
  /** What becomes of its services when it is told to stop. */
  readonly onExit: "keep" | "remove";
  /** Changes nothing, and may run beside another one. */
  readonly dryRun: boolean;
}
