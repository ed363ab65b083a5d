/**
 * Metrics of the table for Prometheus, as text. Pure: what reads the kernel is elsewhere.
 *
 * @module
 */
export { formatMetrics, METRIC_FORMATS } from "./exposition.ts";
export type { MetricFamily } from "./family.ts";
export { METRIC_LEVELS, nodeExporterMetrics, tableMetrics, type TableMetricsOptions } from "./table_metrics.ts";
