import type { Daemon, ServiceStatus } from "../../core/daemon/mod.ts";
import type { MetricFamily } from "../../core/metrics/mod.ts";
import type { MetricLevel } from "../../core/model/mod.ts";
import type { Notifier } from "../../core/notify/mod.ts";
import { VERSION } from "../context/version.ts";
import type { StatusReport } from "../format/status.ts";
import type { ActiveConfig } from "./active_config.ts";
import { daemonFamilies } from "./daemon_families.ts";
import type { DaemonSettings } from "./settings.ts";
import type { DaemonSources } from "./sources.ts";
import type { StoredConfig } from "./stored_config.ts";
import type { SharingStatus } from "../../core/sharing/mod.ts";
import type { VirtualRouters } from "./virtual_routers.ts";

/** The parts of the process that a {@linkcode ProcessReport} is about. */
export interface ReportedParts {
  /** The settings of the daemon. */
  readonly settings: DaemonSettings;
  /** The file. */
  readonly config: ActiveConfig;
  /** The store that has the configuration; undefined for a file. */
  readonly stored: StoredConfig | undefined;
  /** The sources of servers in the file. */
  readonly sources: DaemonSources;
  /**
   * The daemon.
   *
   * @throws {LvsctlError} If it does not run yet.
   */
  readonly daemon: () => Daemon;
  /** The virtual routers; undefined before they run, and without any. */
  readonly routers: () => Pick<VirtualRouters, "status" | "discarded"> | undefined;
  /** The verdicts that directors share; undefined without. */
  readonly sharing: () => SharingStatus | undefined;
  /** The counts of notifications; undefined without any. */
  readonly notifications: () => ReturnType<Notifier["counts"]> | undefined;
}

/** What the daemon's process reports of itself: its status, and its metrics. */
export class ProcessReport {
  readonly #startedAt = Date.now();
  readonly #parts: ReportedParts;

  /** Of a process that starts now. */
  constructor(parts: ReportedParts) {
    this.#parts = parts;
  }

  /** The process and its file. */
  get about(): StatusReport["about"] {
    const { settings: { file, repair, dryRun }, config: { loadedAt, reloadError }, sources, stored, sharing } =
      this.#parts;
    return {
      pid: Deno.pid,
      version: VERSION,
      file,
      startedAt: this.#startedAt,
      loadedAt,
      reloadError,
      repair,
      dryRun,
      sources: sources.status,
      store: stored?.status,
      sharing: sharing(),
    };
  }

  /**
   * The whole status at this moment.
   *
   * @throws {LvsctlError} If the daemon does not run yet.
   */
  status(): StatusReport {
    const { daemon, routers } = this.#parts;
    return { about: this.about, daemon: daemon().status(), routers: routers()?.status ?? [], now: Date.now() };
  }

  /**
   * The metrics that only the daemon knows.
   *
   * @param services The services with their health.
   * @throws {LvsctlError} If the daemon does not run yet.
   */
  metrics(services: readonly ServiceStatus[], level: MetricLevel): readonly MetricFamily[] {
    const { config, sources, stored, daemon, routers, sharing, notifications } = this.#parts;
    return daemonFamilies({
      daemon: daemon(),
      services,
      config,
      startedAt: this.#startedAt,
      notifications: notifications(),
      routers: routers()?.status ?? [],
      discarded: routers()?.discarded ?? {},
      sources: sources.status,
      stored: stored?.status,
      sharing: sharing(),
    }, level);
  }
}
