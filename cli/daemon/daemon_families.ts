import type { Daemon, ServiceStatus } from "../../core/daemon/mod.ts";
import {
  daemonMetrics,
  discoveryMetrics,
  type MetricFamily,
  routerMetrics,
  sharingMetrics,
  storeMetrics,
} from "../../core/metrics/mod.ts";
import type { MetricLevel } from "../../core/model/mod.ts";
import type { Notifier } from "../../core/notify/mod.ts";
import type { Discards, RouterStatus } from "../../core/vrrp/mod.ts";
import type { ActiveConfig } from "./active_config.ts";
import { processUsage } from "./process_usage.ts";

/** What the metrics of a daemon are made of. */
export interface DaemonFamiliesOptions {
  /** The daemon. */
  readonly daemon: Pick<Daemon, "checksInProgress" | "tallies" | "vipPresence">;
  /** Its services. */
  readonly services: readonly ServiceStatus[];
  /** Its file. */
  readonly config: Pick<ActiveConfig, "loadedAt" | "reloadError" | "reloads">;
  /** When it was started; milliseconds since 1970. */
  readonly startedAt: number;
  /** The counts of its notifications; undefined without any. */
  readonly notifications: ReturnType<Notifier["counts"]> | undefined;
  /** Its virtual routers. */
  readonly routers: readonly RouterStatus[];
  /** Advertisements that belong to none of them, by reason. */
  readonly discarded: Discards;
  /** Its sources of servers. */
  readonly sources: Parameters<typeof discoveryMetrics>[0];
  /** Its configuration in a store; undefined if it has a file. */
  readonly stored: Parameters<typeof storeMetrics>[0] | undefined;
  /** The verdicts that directors share; undefined without. */
  readonly sharing: Parameters<typeof sharingMetrics>[0] | undefined;
}

/** The metrics that only the daemon knows. */
export function daemonFamilies(
  { daemon, services, config, startedAt, notifications, routers, discarded, sources, stored, sharing }:
    DaemonFamiliesOptions,
  level: MetricLevel,
): readonly MetricFamily[] {
  const { loadedAt, reloadError, reloads } = config;
  const families = daemonMetrics({
    services,
    tallies: daemon.tallies,
    startedAt,
    loadedAt,
    isLoaded: reloadError === undefined,
    reloads,
    residentBytes: Deno.memoryUsage().rss,
    checksInProgress: daemon.checksInProgress,
    usage: processUsage(),
    vips: daemon.vipPresence(),
    notifications,
  }, level);
  const store = stored === undefined ? [] : storeMetrics(stored, { now: Date.now() });
  const shared = sharing === undefined ? [] : sharingMetrics(sharing);
  return [...families, ...routerMetrics(routers, { discarded }), ...discoveryMetrics(sources), ...store, ...shared];
}
