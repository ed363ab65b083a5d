/**
 * Metrics of the table and of a daemon for Prometheus, as text. Pure: what reads the kernel is elsewhere.
 *
 * @module
 */
export { daemonMetrics } from "./daemon_metrics.ts";
export { discoveryMetrics } from "./discovery_metrics.ts";
export { encodeMetrics, formatMetrics, METRIC_FORMATS, type MetricFormat, METRICS_START } from "./exposition.ts";
export type { MetricFamily } from "./family.ts";
export type { ProcessUsage } from "./process_metrics.ts";
export { routerMetrics } from "./router_metrics.ts";
export { sharingMetrics } from "./sharing_metrics.ts";
export { storeMetrics } from "./store_metrics.ts";
export { readFamilies } from "./sent_families.ts";
export { levelOf, nodeExporterMetrics, tableMetrics } from "./table_metrics.ts";
