import { EXIT, LvsctlError } from "../../core/errors/mod.ts";
import {
  formatMetrics,
  levelOf,
  METRIC_FORMATS,
  type MetricFamily,
  METRICS_START,
  readFamilies,
} from "../../core/metrics/mod.ts";
import { type ListedService, METRIC_LEVELS, type MetricLevel, sortEntries } from "../../core/model/mod.ts";
import type { Context } from "../context/context.ts";
import { askDaemon, findDaemon, metricsRequest } from "../daemon/client.ts";
import { readNames, type ServiceName } from "../daemon/service_names.ts";
import { allMetrics, daemonUpMetric } from "../format/metrics.ts";
import { wordArgument } from "../options/arguments.ts";
import { Command, type CommandUnknownOpts } from "../options/commander.ts";
import { examples } from "../options/examples.ts";
import { refuseOtherContent, replaceFile } from "../state/atomic_file.ts";

/** `lvsctl metrics`. */
export function metricsCommand(context: Context): CommandUnknownOpts {
  return new Command("metrics")
    .description(
      "Prints the table as metrics for Prometheus: traffic, connections and weights of virtual services and real servers. " +
        "If a daemon runs, it adds the health that the daemon knows. " +
        "With --output it replaces a file atomically, as the textfile collector of Prometheus' node exporter needs it.",
    )
    .addHelpText(
      "after",
      examples(
        "lvsctl metrics --level service",
        "lvsctl metrics --output /var/lib/prometheus/node-exporter/lvsctl.prom",
      ),
    )
    .option("--output <file>", "the output file, readable for all, replaced atomically")
    .option("--format <format>", "prometheus or openmetrics", wordArgument(METRIC_FORMATS), "prometheus")
    .option(
      "--level <level>",
      "summary, service, or server (default: server up to 10,000 real servers, otherwise service)",
      wordArgument(METRIC_LEVELS),
    )
    .option("--node-exporter", "add the series of node_exporter's collector ipvs, under its names")
    .action(async ({ output, format, level, nodeExporter }) => {
      if (output !== undefined && format === "openmetrics") {
        throw new LvsctlError("the textfile collector does not read openmetrics", {
          hint: "leave --format out with --output",
          exitCode: EXIT.usage,
        });
      }
      if (output !== undefined) await refuseOtherContent(output, { usual: METRICS_START, what: "metrics" });
      const began = performance.now();
      const { entries, error } = await readTable(context);
      const shown = level ?? levelOf(entries ?? []);
      const { families: daemon, names } = await askForMetrics(context, shown);
      const families = allMetrics(entries, {
        level: shown,
        daemon,
        names: new Map(names.map(([name, service]) => [service, name])),
        nodeExporter: nodeExporter === true,
        seconds: () => (performance.now() - began) / 1000,
      });
      const text = formatMetrics(families, format);
      if (output === undefined) { for (const piece of text) context.io.out(piece); }
      else replaceFile(output, [...text].join(""), { mode: 0o644 });
      if (error !== undefined) throw error;
    });
}

/** The table, or why it cannot be read: a file of metrics that stays as it was would hide that. */
async function readTable(
  context: Context,
): Promise<{ readonly entries?: readonly ListedService[]; readonly error?: LvsctlError }> {
  try {
    using client = await context.openIpvs();
    return { entries: sortEntries(client.list()) };
  } catch (error) {
    if (error instanceof LvsctlError) return { error };
    throw error;
  }
}

/** What a daemon knows: its metrics, and names of services. */
interface DaemonMetrics {
  readonly families: readonly MetricFamily[];
  readonly names: readonly ServiceName[];
}

/** Asks a running daemon. One that does not answer costs its own metrics, not those of the table. */
async function askForMetrics(context: Context, level: MetricLevel): Promise<DaemonMetrics> {
  const none = { families: [daemonUpMetric(0)], names: [] };
  try {
    using client = await findDaemon(context, { readsStatus: true });
    if (client === undefined) return none;
    const { families, names } = await askDaemon(client, metricsRequest(level));
    return { families: [daemonUpMetric(1), ...readFamilies(families)], names: readNames(names) };
  } catch (error) {
    if (!(error instanceof LvsctlError)) throw error;
    context.io.err(`lvsctl: warning: ${error.message}; the daemon's metrics are missing\n`);
    return none;
  }
}
