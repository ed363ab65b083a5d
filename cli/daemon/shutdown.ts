import type { LvsctlError } from "../../core/errors/mod.ts";
import { type Change, type DesiredState, formatServiceId } from "../../core/model/mod.ts";
import type { Kernel } from "../../core/reconcile/mod.ts";
import type { Notifier } from "../../core/notify/mod.ts";
import type { Context } from "../context/context.ts";
import type { EndSignals } from "./end_signals.ts";
import type { DaemonLog } from "./log.ts";
import type { DaemonSettings } from "./settings.ts";
import { count } from "../format/count.ts";
import { describeEvent } from "../format/events.ts";
import { tryLockTable } from "../table/table_lock.ts";
import type { VirtualRouters } from "./virtual_routers.ts";

/** How long sending notifications may delay the end of the daemon; the next daemon sends the rest. Milliseconds. */
const NOTIFY_GRACE_MS = 3000;

/** As above, for commands of virtual routers at a restart: the routers go on for 30 s, and no later daemon runs them. */
const RESTART_COMMANDS_MS = 20_000;

/** What ends with the virtual routers. */
export interface RouterEnd {
  /** Sends the notifications; undefined without any. */
  readonly notifier: Pick<Notifier, "commandsEnd" | "close"> | undefined;
  /** The routers; undefined without any. */
  readonly routers: Pick<VirtualRouters, "ended"> | undefined;
  /** What ends the daemon. */
  readonly ends: Pick<EndSignals, "isRestart" | "stopped">;
}

/** Sends the last notifications: at a restart also those of routers that were left, if they end because a stop follows. */
export async function endRouters({ notifier, routers, ends }: RouterEnd): Promise<void> {
  if (ends.isRestart) {
    await Promise.race([notifier?.commandsEnd({ withinMs: RESTART_COMMANDS_MS }), ends.stopped]);
  }
  await routers?.ended(ends);
  await notifier?.close({ graceMs: NOTIFY_GRACE_MS, commandsMs: ends.isRestart ? 0 : NOTIFY_GRACE_MS });
}

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
