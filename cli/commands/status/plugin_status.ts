import { type ExitCode, LvsctlError } from "../../../core/errors/mod.ts";
import { fieldsOf, itemsOf, textOf } from "../../../core/json/mod.ts";
import { counted, formatServiceId } from "../../../core/model/mod.ts";
import type { Context } from "../../context/context.ts";
import { askDaemon, connectDaemon } from "../../daemon/client.ts";
import { pluginReport, type PluginThresholds, trafficValues } from "../../format/nagios.ts";
import type { PerformanceValue } from "../../format/plugin_line.ts";
import type { ShownService } from "../../format/status_view.ts";

/** How long the daemon may take to answer; milliseconds. NRPE and Nagios end a plugin after 10 s. */
const ANSWER_MS = 8000;

/**
 * Prints the daemon's status as a monitoring plugin does.
 *
 * @param options.select Selects the services of a status.
 * @param options.warning As in {@linkcode PluginThresholds}; so is `critical`.
 * @returns The exit status of a plugin.
 * @throws {LvsctlError} If no daemon answers, or it does not have the service.
 */
export async function pluginStatus(
  context: Context,
  { select, ...thresholds }: PluginThresholds & { readonly select: (status: unknown) => readonly ShownService[] },
): Promise<ExitCode> {
  using client = await connectDaemon(context, { readsStatus: true });
  const answer = await askDaemon(client, "status", { timeoutMs: ANSWER_MS });
  const services = select(answer["status"]);
  const values = await readTraffic(context, services);
  const { status, line } = pluginReport({
    ...thresholds,
    services,
    problems: problemsIn(answer["status"]),
    values,
  });
  context.io.out(line);
  return status;
}

/** Why the table may not follow the file. */
function problemsIn(status: unknown): readonly string[] {
  const { daemon, failures } = fieldsOf(status);
  const failed = itemsOf(failures).flatMap((failure) => textOf(failure) ?? []);
  const [first] = failed;
  const isReloaded = textOf(fieldsOf(daemon)["reload_error"]) === undefined;
  return [
    ...isReloaded ? [] : ["the file has changed and is not valid; the previous one is active"],
    ...first === undefined ? [] : [`${counted(failed.length, "change")} of the table not possible: ${first}`],
  ];
}

/** The traffic of services; nothing if the kernel's table cannot be read, for which a monitoring agent has no right. */
async function readTraffic(
  context: Context,
  services: readonly ShownService[],
): Promise<readonly PerformanceValue[]> {
  const wanted = new Set(services.map(({ id }) => id));
  try {
    using client = await context.openIpvs();
    return trafficValues(client.list().filter(({ service }) => wanted.has(formatServiceId(service.id))));
  } catch (error) {
    if (error instanceof LvsctlError) return [];
    throw error;
  }
}
