import { ServiceManager } from "./service_manager.ts";
import { Daemon, LoopLag, restoreState } from "../../core/daemon/mod.ts";
import { asLvsctlError, LvsctlError } from "../../core/errors/mod.ts";
import { optionalVariable } from "../../core/host/mod.ts";
import { SYSTEM_CLOCK } from "../../core/time/mod.ts";
import type { Notifier } from "../../core/notify/mod.ts";
import { openLocalDatagrams } from "../../core/system/datagrams.ts";
import { releaseStartMemoryLater } from "../../core/system/memory.ts";
import { openNetwork } from "../../core/system/network.ts";
import { askBy } from "../../core/system/probes.ts";
import { monitorInWorker } from "../../core/system/probe_workers.ts";
import { openNotifier } from "../../core/system/notifier.ts";
import type { Kernel } from "../../core/reconcile/mod.ts";
import { connectionLookupInBackground } from "../table/connection_lookup.ts";
import type { Context } from "../context/context.ts";
import { daemonCommands, openControl } from "./control.ts";
import { daemonFiles, statePathOf } from "./files.ts";
import { ProcessReport } from "./process_report.ts";
import { processRequests, running } from "./process_requests.ts";
import { HostRetry } from "./host_retry.ts";
import { InterfaceVips } from "./interface_vips.ts";
import { endRouters, leaveTable } from "./shutdown.ts";
import type { DaemonLog } from "./log.ts";
import type { DaemonSettings } from "./settings.ts";
import { type DaemonSources, DISCOVERY } from "./sources.ts";
import type { StoredConfig } from "./stored_config.ts";
import { bootId, DaemonState, readDaemonState, readVipPlaces } from "./state_file.ts";
import type { ActiveConfig } from "./active_config.ts";
import { formatChange } from "../format/changes.ts";
import { describeBug, describeEvent, describeTrouble, describeWorkerEnd } from "../format/events.ts";
import { VirtualRouters } from "./virtual_routers.ts";
import type { Exporter } from "../http/exporter.ts";
import { CoalescedRuns } from "./coalesced_runs.ts";
import { changesState, isLogged } from "./daemon_events.ts";
import { EndSignals } from "./end_signals.ts";
import type { ReloadSignal } from "./reload_signal.ts";
import { SharedVerdicts } from "./shared_verdicts.ts";
import { formatHealthLine, StatusLine } from "./status_line.ts";
import { OverrideWatch } from "./override_watch.ts";
import { tryLockTable } from "../table/table_lock.ts";

/** The name of the sent notifications in the state file. */
const NOTIFICATIONS = "notifications";

/** The name of the VIPs in the state file. */
const VIPS = "vips";

/** Options of a {@linkcode DaemonProcess}. */
export interface ProcessOptions {
  /** The settings of the daemon. */
  readonly settings: DaemonSettings;
  /** The kernel. */
  readonly kernel: Kernel;
  /** The log. */
  readonly log: DaemonLog;
  /** The file. */
  readonly config: ActiveConfig;
  /** The sources of servers in the file. */
  readonly sources: DaemonSources;
  /** The signal that makes it read the file again. */
  readonly reloadSignal: ReloadSignal;
  /** The pages and the metrics that show it; undefined without them. */
  readonly exporter?: Exporter | undefined;
  /** The store that has the configuration; undefined for a file. */
  readonly stored?: StoredConfig | undefined;
}

/** The daemon with its surroundings: signals, control socket, state file, service manager. */
export class DaemonProcess {
  readonly #context: Context;
  readonly #settings: DaemonSettings;
  readonly #kernel: Kernel;
  readonly #log: DaemonLog;
  readonly #boot = bootId();
  readonly #config: ActiveConfig;
  readonly #sources: DaemonSources;
  readonly #reloadSignal: ReloadSignal;
  readonly #exporter: Exporter | undefined;
  readonly #stored: StoredConfig | undefined;
  readonly #report: ProcessReport;
  readonly #reloads = new CoalescedRuns(() => this.#reload(), { clock: SYSTEM_CLOCK });
  readonly #newLists = new CoalescedRuns(() => this.#resolveAgain(), { clock: SYSTEM_CLOCK });
  readonly #hostRetry = new HostRetry({
    isNeeded: () => this.#config.isIncomplete,
    retry: () => this.#resolveAgain().catch((error: unknown) => this.#logBug(error)),
    clock: SYSTEM_CLOCK,
  });
  readonly #verdicts: SharedVerdicts;
  #daemon: Daemon | undefined;
  #manager: ServiceManager | undefined;
  #notifier: Notifier | undefined;
  readonly #vips: InterfaceVips;
  #routers: VirtualRouters | undefined;
  #isEnding = false;

  /** Does not run yet. */
  constructor(
    context: Context,
    { settings, kernel, log, config, sources, reloadSignal, exporter, stored }: ProcessOptions,
  ) {
    this.#context = context;
    this.#settings = settings;
    this.#kernel = kernel;
    this.#log = log;
    this.#config = config;
    this.#sources = sources;
    this.#reloadSignal = reloadSignal;
    this.#exporter = exporter;
    this.#stored = stored;
    this.#verdicts = new SharedVerdicts({
      store: stored?.store,
      daemon: () => this.#daemon,
      log,
      onBug: (error) => this.#logBug(error),
      clock: SYSTEM_CLOCK,
    });
    this.#vips = new InterfaceVips({ context, settings, log });
    this.#report = new ProcessReport({
      settings,
      config,
      stored,
      sources,
      daemon: () => running(this.#daemon),
      routers: () => this.#routers,
      sharing: () => this.#verdicts.status,
      notifications: () => this.#notifier?.counts(),
    });
  }

  /** Runs until SIGTERM, SIGINT or SIGUSR2. */
  async run(): Promise<void> {
    const { file, repair, dryRun, verifyMs } = this.#settings;
    await using network = openNetwork();
    using datagrams = openLocalDatagrams();
    using ends = new EndSignals();
    const { signal } = ends;
    const statePath = statePathOf(this.#settings, this.#context.directories);
    const state = { file: undefined as DaemonState | undefined };
    const stored = statePath === undefined
      ? undefined
      : readDaemonState(statePath, { onProblem: (message) => this.#log.warn(message) });
    const restored = restoreState(stored, { boot: this.#boot, now: Date.now() });
    const formerVips = readVipPlaces(restored.more[VIPS]);
    using notifications = dryRun ? undefined : openNotifier(network, {
      onTrouble: (trouble) => this.#log.write(describeTrouble(trouble)),
      stored: restored.more[NOTIFICATIONS],
      lasts: (event) => this.#daemon?.lasts(event),
      onChange: () => state.file?.changed(),
    });
    const notifier = this.#notifier = notifications?.notifier;
    using statusLine = new StatusLine({
      line: () => this.#healthLine,
      send: (line) => this.#manager?.status(line),
      clock: SYSTEM_CLOCK,
    });
    const daemon = new Daemon(this.#kernel, {
      onEvent: (event) => {
        if (isLogged(event)) this.#log.write(describeEvent(event));
        if (event.kind === "service") notifier?.notify(event.event);
        if (event.kind === "service" || event.kind === "health") this.#routers?.healthChanged();
        if (event.kind === "health") this.#verdicts.changed();
        if (changesState(event)) {
          state.file?.changed();
          statusLine.changed();
        }
      },
      signal,
      lockTable: () => tryLockTable(this.#context, `run ${file}`),
      monitor: monitorInWorker((end) => this.#log.write(describeWorkerEnd(end))),
      ask: askBy(network),
      lookUp: connectionLookupInBackground(this.#context, { onUnreadable: (message) => this.#log.warn(message) }),
      vips: () => this.#vips.client,
      vouchOf: this.#verdicts.vouchOf,
      formerVips,
      restored,
      verifyMs: verifyMs === 0 ? undefined : verifyMs,
      repair,
      dryRun,
    });
    this.#daemon = daemon;
    await using _verdicts = this.#verdicts;
    using stateFile = statePath === undefined ? undefined : new DaemonState(statePath, {
      state: () => ({
        ...daemon.store(this.#boot),
        more: {
          [NOTIFICATIONS]: notifier,
          [VIPS]: this.#settings.vips ? daemon.vips : [],
          [DISCOVERY]: this.#sources,
        },
      }),
      onProblem: (message) => this.#log.warn(message),
      clock: SYSTEM_CLOCK,
    });
    state.file = stateFile;
    const manager = this.#manager = new ServiceManager({
      variable: optionalVariable,
      send: (path, bytes) => datagrams.send(path, bytes),
      onUnreachable: (error) =>
        this.#log.warn(asLvsctlError(error, { operation: "notify", object: "the service manager" }).message),
      pid: Deno.pid,
    });
    await this.#vips.open(this.#config.desired, { isNeeded: formerVips.length > 0 });
    using _vips = this.#vips;
    // Before the file, so that existing overrides are active from the beginning.
    using overrides = new OverrideWatch(this.#context, {
      onChange: (active) => daemon.override(active),
      onProblem: (message) => this.#log.warn(message),
      clock: SYSTEM_CLOCK,
    });
    using _hostRetry = this.#hostRetry;
    await daemon.prepare(this.#config.desired);
    await using routers = dryRun ? undefined : new VirtualRouters({
      log: this.#log,
      quorum: (name) => daemon.quorum(name),
      healthOf: (check) => daemon.healthOf(check),
      directories: this.#context.directories,
      kernel: this.#kernel,
      onStateEvent: (event) => notifier?.notifyState(event),
      clock: SYSTEM_CLOCK,
    });
    this.#routers = routers;
    this.#load();
    this.#sources.handle(() => {
      state.file?.changed();
      void this.#newLists.request().catch((error: unknown) => this.#logBug(error));
    });
    this.#reloadSignal.handle(() => void this.#reloadAll().catch((error: unknown) => this.#logBug(error)));
    await using _control = openControl(this.#files, {
      commands: daemonCommands(processRequests({
        context: this.#context,
        settings: this.#settings,
        config: this.#config,
        sources: this.#sources,
        isStored: this.#stored !== undefined,
        report: this.#report,
        vips: this.#vips,
        daemon: () => this.#daemon,
        routers: () => this.#routers,
        overrides: () => overrides,
        reload: () => this.#reloadAll(),
      })),
      log: this.#log,
      onBug: (error) => this.#logBug(error),
      group: this.#settings.socketGroup,
    });
    this.#exporter?.serve({
      isAlive: () => daemon.isAlive,
      about: () => this.#report.about,
      services: (table) => daemon.decisionsInSteps(table),
      problems: () => daemon.problems,
      routers: () => this.#routers?.status ?? [],
      metrics: (services, level) => this.#report.metrics(services, level),
    });
    manager.ready(this.#config.summary);
    const following = this.#follow(daemon, signal);
    {
      using _lag = new LoopLag((lagMs) => daemon.tallies.countLag(lagMs), { clock: SYSTEM_CLOCK });
      using _release = releaseStartMemoryLater(SYSTEM_CLOCK);
      using _alive = manager.keepAlive(() => daemon.isAlive, { clock: SYSTEM_CLOCK });
      await daemon.finished;
    }
    this.#isEnding = true;
    manager.stopping();
    // First, so that another director takes over as soon as possible.
    await routers?.end(ends);
    await Promise.all([following, this.#verdicts.end({ isRestart: ends.isRestart })]);
    await endRouters({ notifier, routers, ends });
    leaveTable(this.#context, {
      settings: this.#settings,
      kernel: this.#kernel,
      desired: this.#config.desired,
      log: this.#log,
      isRestart: ends.isRestart,
    });
  }

  /** Follows the store that has the configuration, if there is one. */
  async #follow(daemon: Daemon, signal: AbortSignal): Promise<void> {
    await this.#stored?.follow({
      reload: () => this.#reloads.request(),
      hooks: {
        difference: () => daemon.status().differences.map(formatChange)[0],
        trouble: () => daemon.problems.failures[0],
        belowQuorum: () => daemon.summarize().belowQuorum,
        health: () => this.#healthLine,
        bug: (error) => this.#logBug(error),
      },
      signal,
    }).catch((error: unknown) => this.#logBug(error));
  }

  /** Reads the store or the file again. */
  async #reloadAll(): Promise<void> {
    await this.#stored?.refresh();
    await this.#reloads.request();
  }

  /** Reads the file again; if it is not valid, only the log changes. */
  async #reload(): Promise<void> {
    if (this.#isEnding) return;
    this.#manager?.reloading();
    try {
      await this.#config.reload((desired) => this.#vips.open(desired));
      this.#load();
    } finally {
      this.#manager?.ready(this.#healthLine);
    }
  }

  /** Makes the present content of the file active, and resolves its missing host names later. */
  #load(): void {
    this.#notifier?.load(this.#config.desired);
    this.#daemon?.load(this.#config.desired);
    this.#routers?.load(this.#config.desired);
    this.#verdicts.load(this.#settings.dryRun ? undefined : this.#config.desired.healthSharing);
    this.#hostRetry.begin();
  }

  /** Resolves missing host names once more, and takes the present lists of sources. */
  async #resolveAgain(): Promise<void> {
    if (this.#isEnding || !await this.#config.resolveAgain()) return;
    this.#notifier?.load(this.#config.desired);
    this.#daemon?.load(this.#config.desired);
  }

  /** The health of all services for the service manager. */
  get #healthLine(): string {
    const { isBlind = false } = this.#verdicts.status ?? {};
    return this.#daemon === undefined ? "" : formatHealthLine(this.#daemon.summarize(), { isBlind });
  }

  /** Logs a bug, so that the checks continue; other errors are in the log already. */
  #logBug(error: unknown): void {
    if (error instanceof LvsctlError) return;
    this.#log.write(describeBug(error));
  }

  get #files(): ReturnType<typeof daemonFiles> | undefined {
    const { directories } = this.#context;
    return directories === undefined || this.#settings.dryRun ? undefined : daemonFiles(directories);
  }
}
