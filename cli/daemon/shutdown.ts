import type { DesiredState } from "../../core/model/mod.ts";
import type { Kernel } from "../../core/reconcile/mod.ts";
import type { Context } from "../context/context.ts";
import type { DaemonLog } from "./log.ts";
import type { DaemonSettings } from "./settings.ts";
import { describeEvent } from "../format/events.ts";
import { removeServices } from "./remove_services.ts";
import { tryLockTable } from "../table/table_lock.ts";

/** What a daemon that ends leaves behind. */
export interface DaemonRemains {
  /** How it was run. */
  readonly settings: DaemonSettings;
  /** The kernel. */
  readonly kernel: Kernel;
  /** What its file declares. */
  readonly desired: DesiredState;
  /** Where it is told. */
  readonly log: DaemonLog;
}

/** Does with the table what is to become of it when the daemon has ended. */
export function leaveTable(context: Context, { settings, kernel, desired, log }: DaemonRemains): void {
  const info = (message: string): void => log.write({ level: "info", event: "stopped", message });
  if (settings.onExit === "keep" || settings.dryRun) return info("stopped; the table stays as it is");
  using _lock = tryLockTable(context, `run ${settings.file}`);
  const { changes, errors } = removeServices(kernel, desired);
  for (const change of changes) {
    log.write(describeEvent({ kind: "change", change, why: "--on-exit remove" }));
  }
  for (const { message } of errors) log.write({ level: "error", event: "failure", message });
  info(`stopped; ${changes.length} virtual services were removed`);
}
