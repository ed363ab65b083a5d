import type { ListenAddress } from "./listen_address.ts";

/** How much of a table is in a scrape: the numbers of all, each virtual service, or each real server too. */
export const METRIC_LEVELS = ["summary", "service", "server"] as const;

/** One of {@linkcode METRIC_LEVELS}. */
export type MetricLevel = (typeof METRIC_LEVELS)[number];

/** How often the daemon writes its file of metrics by default; milliseconds. */
export const METRICS_INTERVAL_MS = 15_000;

/** Where the daemon has its metrics and its status page: it listens, or it writes a file, or both. */
export interface MetricsSettings {
  /** Where it listens; undefined if it does not. */
  readonly listen?: ListenAddress;
  /** The host names in addition to localhost and IP addresses. */
  readonly allowHosts: readonly string[];
  /** The path of the file with the logins; undefined if none is necessary. */
  readonly loginFile?: string;
  /** How much of the table is in a scrape; undefined for a choice by its size. */
  readonly level?: MetricLevel;
  /** The file for a textfile collector; undefined for none. */
  readonly file?: string;
  /** How often the file is written; milliseconds. */
  readonly intervalMs?: number;
}
