import type { Daemon } from "../../core/daemon/mod.ts";
import { LvsctlError } from "../../core/errors/mod.ts";
import { formatServiceId } from "../../core/model/mod.ts";
import type { Context } from "../context/context.ts";
import { decisionsJson } from "../format/decisions.ts";
import type { ActiveConfig } from "./active_config.ts";
import type { DaemonRequests } from "./control.ts";
import type { InterfaceVips } from "./interface_vips.ts";
import type { OverrideWatch } from "./override_watch.ts";
import type { ProcessReport } from "./process_report.ts";
import type { DaemonSettings } from "./settings.ts";
import type { DaemonSources } from "./sources.ts";
import type { VirtualRouters } from "./virtual_routers.ts";

/** The parts of the process that its clients ask. */
export interface RequestedParts {
  /** The host's files. */
  readonly context: Pick<Context, "surroundings">;
  /** The settings of the daemon. */
  readonly settings: DaemonSettings;
  /** The file. */
  readonly config: ActiveConfig;
  /** The sources of servers in the file. */
  readonly sources: DaemonSources;
  /** Whether the configuration comes from a store. */
  readonly isStored: boolean;
  /** What the process reports of itself. */
  readonly report: ProcessReport;
  /** The access to the addresses of interfaces. */
  readonly vips: InterfaceVips;
  /** The daemon; undefined before it runs. */
  readonly daemon: () => Daemon | undefined;
  /** The virtual routers; undefined before they run, and without any. */
  readonly routers: () => VirtualRouters | undefined;
  /** The overrides; undefined before the daemon runs. */
  readonly overrides: () => OverrideWatch | undefined;
  /** Reads the store or the file again. */
  readonly reload: () => Promise<void>;
}

/** The requests of the control socket, answered by the parts of a process. */
export function processRequests(parts: RequestedParts): DaemonRequests {
  const { context, settings, config, sources, isStored, report, vips, daemon, routers, overrides, reload } = parts;
  return {
    report: () => report.status(),
    decisions: () =>
      decisionsJson([...daemon()?.decisions() ?? []], {
        pid: Deno.pid,
        file: isStored ? settings.file : context.surroundings.files.realPath(settings.file),
        vips: (vips.client === undefined ? [] : daemon()?.vips ?? []).map(({ address }) => address),
      }),
    metrics: (level) => report.metrics([...running(daemon()).decisions()], level),
    names: () =>
      config.desired.services.flatMap(({ name, service: { id } }) =>
        name === undefined ? [] : [[name, formatServiceId(id)] as const]
      ),
    reload: async () => {
      await reload();
      return `${settings.file} is active: ${config.summary}`;
    },
    sources: () => sources.status,
    acceptSource: (name) => sources.accept(name),
    routers: () => ({
      routers: routers()?.status ?? [],
      groups: routers()?.groups ?? [],
      discarded: routers()?.discarded ?? {},
    }),
    setReleased: (name, isReleased) => routers()?.setReleased(name, isReleased),
    readOverrides: () => {
      overrides()?.read();
      return settings.dryRun ? [] : config.desired.services.map(({ service }) => formatServiceId(service.id));
    },
  };
}

/**
 * The daemon, once it runs.
 *
 * @throws {LvsctlError} Before.
 */
export function running(daemon: Daemon | undefined): Daemon {
  if (daemon === undefined) throw new LvsctlError("the daemon is starting", { retriable: true });
  return daemon;
}
