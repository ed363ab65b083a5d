import { EXIT, LvsctlError } from "../../core/errors/mod.ts";
import {
  formatMetrics,
  METRIC_FORMATS,
  METRIC_LEVELS,
  type MetricFamily,
  nodeExporterMetrics,
  tableMetrics,
  type TableMetricsOptions,
} from "../../core/metrics/mod.ts";
import { type ListedService, sortEntries } from "../../core/model/mod.ts";
import type { Context } from "../context/context.ts";
import { VERSION } from "../context/version.ts";
import { wordArgument } from "../options/arguments.ts";
import { Command, type CommandUnknownOpts } from "../options/commander.ts";
import { examples } from "../options/examples.ts";
import { replaceFile } from "../state/atomic_file.ts";

/** `lvsctl metrics`. */
export function metricsCommand(context: Context): CommandUnknownOpts {
  return new Command("metrics")
    .description(
      "Prints the table as metrics for Prometheus: traffic, connections and weights of virtual services and real servers. " +
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
      const began = performance.now();
      using client = await context.openIpvs();
      const families = metricsOf(sortEntries(client.list()), {
        level,
        nodeExporter,
        seconds: () => (performance.now() - began) / 1000,
      });
      const text = formatMetrics(families, format);
      if (output === undefined) { for (const piece of text) context.io.out(piece); }
      else replaceFile(output, [...text].join(""), { mode: 0o644 });
    });
}

function* metricsOf(
  entries: readonly ListedService[],
  { level, nodeExporter, seconds }: Pick<TableMetricsOptions, "level"> & {
    readonly nodeExporter: true | undefined;
    readonly seconds: () => number;
  },
): Generator<MetricFamily, void, undefined> {
  const labels = { version: VERSION, runtime: `Deno ${Deno.version.deno}` };
  yield { name: "lvsctl_build", type: "info", help: "Version of lvsctl", samples: [{ labels, value: 1 }] };
  yield* tableMetrics(entries, { level });
  if (nodeExporter) yield* nodeExporterMetrics(entries);
  yield {
    name: "lvsctl_scrape_duration_seconds",
    type: "gauge",
    unit: "seconds",
    help: "Time that reading the table and writing these metrics took",
    samples: [{ value: seconds() }],
  };
}
