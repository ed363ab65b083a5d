import type { Change, VipChange } from "../../core/model/mod.ts";
import type { Kernel, Target } from "../../core/reconcile/mod.ts";
import type { Context } from "../context/context.ts";
import { changeTable } from "../table/change_table.ts";
import { daemonFiles } from "./files.ts";

/** Whether a daemon may run for this table: its control socket exists. All that most commands need to know. */
function mayRun({ directories }: Context): boolean {
  if (directories === undefined) return false;
  try {
    return Deno.statSync(daemonFiles(directories).socket).isSocket ?? false;
  } catch {
    // There is no socket, or this user may not see it.
    return false;
  }
}

/** The code about daemons, with the running one's decisions; undefined without one. */
async function findRunning(context: Context, { warns = false }: { readonly warns?: boolean } = {}): Promise<
  | {
    readonly code: typeof import("./running_daemon.ts");
    readonly daemon: import("../format/decisions.ts").DaemonDecisions;
  }
  | undefined
> {
  if (!mayRun(context)) return undefined;
  const code = await import("./running_daemon.ts");
  const daemon = await code.askForDecisions(context, { warns });
  return daemon === undefined ? undefined : { code, daemon };
}

/**
 * The target with the decisions of a running daemon, which are printed: servers that it has taken out stay out.
 *
 * @param options.client The kernel.
 * @param options.file The path of the file that describes the target; "-" or undefined for none.
 */
export async function respectDaemon(
  context: Context,
  target: Target,
  options: { readonly client: Pick<Kernel, "services" | "servers">; readonly file?: string | undefined },
): Promise<Target> {
  const running = await findRunning(context, { warns: true });
  if (running === undefined) return target;
  const { client, file = "-" } = options;
  const path = file === "-" ? undefined : context.surroundings.files.realPath(file);
  return running.code.respectDecisions(context, target, { daemon: running.daemon, client, file: path });
}

/**
 * As {@linkcode changeTable}, and warns if a running daemon manages a service that was changed. A line of a batch gives no
 * warning: the batch does.
 *
 * @throws {LvsctlError} As `changeTable` does.
 */
export async function changeTableAndWarn(
  context: Context,
  request: Parameters<typeof changeTable>[1],
): Promise<void> {
  let changes: readonly Change[] = [];
  await changeTable(context, { ...request, plan: (table) => changes = request.plan(table) });
  if (context.batch === undefined && changes.length > 0) await warnOfDaemon(context, changes);
}

/** Warns if a running daemon manages a service that changes are about, and names the way that lasts. */
export async function warnOfDaemon(context: Context, changes: readonly Change[]): Promise<void> {
  const running = await findRunning(context);
  running?.code.warnOfManaged(context, changes, running);
}

/** Warns if a running daemon keeps an address that is deleted. */
export async function warnOfDaemonVips(context: Context, changes: readonly VipChange[]): Promise<void> {
  const deleted = changes.flatMap(({ operation, vip }) => operation === "deleteVip" ? [vip.address] : []);
  if (deleted.length === 0) return;
  const running = await findRunning(context);
  running?.code.warnOfKeptVip(context, deleted, running);
}

/** The names of the services that a running daemon manages, and its process; undefined without one. */
export async function managedNames(
  context: Context,
): Promise<{ readonly pid: number; readonly names: ReadonlySet<string> } | undefined> {
  const running = await findRunning(context);
  if (running === undefined) return undefined;
  const { pid, services } = running.daemon;
  return { pid, names: new Set(services.keys()) };
}
