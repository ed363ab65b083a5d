import { type MetricFamily, nodeExporterMetrics, tableMetrics } from "../../core/metrics/mod.ts";
import type { ListedService, MetricLevel } from "../../core/model/mod.ts";
import { VERSION } from "../context/version.ts";

/** Options of {@linkcode allMetrics}. */
export interface MetricsOptions {
  /** How much the metrics have. */
  readonly level: MetricLevel;
  /** The metrics that only the daemon knows. */
  readonly daemon: Iterable<MetricFamily>;
  /** The names of services in the daemon's file, by their identities. */
  readonly names: ReadonlyMap<string, string>;
  /** Whether they have the series of node_exporter's collector. */
  readonly nodeExporter: boolean;
  /** The time that reading and writing took so far; seconds. */
  readonly seconds: () => number;
}

/**
 * The metrics of the table, of a daemon, and of the reading itself, made one by one.
 *
 * @param entries The table; undefined if it cannot be read.
 */
export function* allMetrics(
  entries: readonly ListedService[] | undefined,
  { level, daemon, names, nodeExporter, seconds }: MetricsOptions,
): Generator<MetricFamily, void, undefined> {
  const labels = { version: VERSION, runtime: `Deno ${Deno.version.deno}` };
  yield { name: "lvsctl_build", type: "info", help: "Version of lvsctl", samples: [{ labels, value: 1 }] };
  yield {
    name: "lvsctl_ipvs_up",
    type: "gauge",
    help: "Whether the kernel's table could be read",
    samples: [{ value: Number(entries !== undefined) }],
  };
  if (entries !== undefined) yield* tableMetrics(entries, { level, names });
  yield* daemon;
  if (nodeExporter && entries !== undefined) yield* nodeExporterMetrics(entries);
  yield {
    name: "lvsctl_scrape_duration_seconds",
    type: "gauge",
    unit: "seconds",
    help: "Time that reading the table and writing these metrics took",
    samples: [{ value: seconds() }],
  };
}

/** Whether a daemon answers. */
export function daemonUpMetric(value: 0 | 1): MetricFamily {
  return { name: "lvsctl_daemon_up", type: "gauge", help: "Whether a daemon of lvsctl answers", samples: [{ value }] };
}
