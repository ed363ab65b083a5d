import type { LvsctlError } from "../../core/errors/mod.ts";
import { type Change, type DesiredState, formatServiceId } from "../../core/model/mod.ts";
import type { Kernel } from "../../core/reconcile/mod.ts";
import type { Context } from "../context/context.ts";
import type { DaemonLog } from "./log.ts";
import type { DaemonSettings } from "./settings.ts";
import { count } from "../format/count.ts";
import { describeEvent } from "../format/events.ts";
import { tryLockTable } from "../table/table_lock.ts";

/** Options of {@linkcode leaveTable}. */
export interface LeaveOptions {
  /** The settings of the daemon. */
  readonly settings: DaemonSettings;
  /** The kernel. */
  readonly kernel: Kernel;
  /** The content of its file. */
  readonly desired: DesiredState;
  /** Its log. */
  readonly log: DaemonLog;
  /** Whether another daemon follows at once. */
  readonly isRestart: boolean;
}

/** Keeps or removes the services of a daemon that has stopped, as its settings require. */
export function leaveTable(context: Context, { settings, kernel, desired, log, isRestart }: LeaveOptions): void {
  const info = (message: string): void => log.write({ level: "info", event: "stopped", message });
  if (isRestart) return info("stopped for a restart; the table and the virtual routers stay as they are");
  if (settings.onExit === "keep" || settings.dryRun) return info("stopped; the table stays as it is");
  using _lock = tryLockTable(context, `run ${settings.file}`);
  const { changes, errors } = removeServices(kernel, desired);
  for (const change of changes) {
    log.write(describeEvent({ kind: "change", change, why: "--on-exit remove" }));
  }
  for (const { message } of errors) log.write({ level: "error", event: "failure", message });
  info(`stopped; ${count(changes.length, "virtual service")} ${changes.length === 1 ? "was" : "were"} removed`);
}

/** Deletes the existing services that a file names, and returns the changes made and the errors of the others. */
function removeServices(
  kernel: Kernel,
  { services }: DesiredState,
): { readonly changes: readonly Change[]; readonly errors: readonly LvsctlError[] } {
  const named = new Set(services.map(({ service }) => formatServiceId(service.id)));
  const changes = kernel.services().filter(({ id }) => named.has(formatServiceId(id)))
    .map(({ id }): Change => ({ operation: "deleteService", id }));
  if (changes.length === 0) return { changes, errors: [] };
  const errors = kernel.execute(changes);
  return { changes: changes.filter((_, index) => !errors.has(index)), errors: [...errors.values()] };
}
