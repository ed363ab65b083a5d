import type { ControlCommands } from "../../core/control/mod.ts";
import { ServiceManager } from "./service_manager.ts";
import { Daemon, type DaemonEvent, type RestoredState, restoreState } from "../../core/daemon/mod.ts";
import { asLvsctlError, LvsctlError } from "../../core/errors/mod.ts";
import { SYSTEM_CLOCK } from "../../core/time/mod.ts";
import { type DesiredState, formatServiceId } from "../../core/model/mod.ts";
import type { VipClient } from "../../core/rtnetlink/mod.ts";
import type { Notifier } from "../../core/notify/mod.ts";
import { openLocalDatagrams } from "../../core/system/datagrams.ts";
import { askBy, openNetwork, probeBy } from "../../core/system/network.ts";
import { openNotifier } from "../../core/system/notifier.ts";
import type { Kernel } from "../../core/reconcile/mod.ts";
import { connectionLookupInBackground } from "../table/connection_lookup.ts";
import type { Context } from "../context/context.ts";
import { daemonCommands } from "./control_commands.ts";
import { listenForCommands } from "./control.ts";
import { daemonFiles } from "./files.ts";
import { leaveTable } from "./shutdown.ts";
import type { DaemonLog } from "./log.ts";
import type { DaemonSettings } from "./settings.ts";
import { bootId, DaemonState, readDaemonState } from "./state_file.ts";
import { ActiveConfig } from "./active_config.ts";
import { describeEvent, describeTrouble } from "../format/events.ts";
import type { StatusReport } from "../format/status.ts";
import { CoalescedRuns } from "./coalesced_runs.ts";
import { listenFor } from "../context/signal_listener.ts";
import { OverrideWatch } from "./override_watch.ts";
import { tryLockTable } from "../table/table_lock.ts";
import { VERSION } from "../context/version.ts";
import { openWithdrawnVips } from "../table/withdrawn_vips.ts";

/** Under which name the state file has what people were told. */
const NOTIFICATIONS = "notifications";

/** How long telling people may take when the daemon ends; the rest is told by the next one. */
const NOTIFY_GRACE_MS = 3000;

/** What a {@linkcode DaemonProcess} works with. */
export interface ProcessParts {
  /** How it is run. */
  readonly settings: DaemonSettings;
  /** The kernel. */
  readonly kernel: Kernel;
  /** Where it tells what happens. */
  readonly log: DaemonLog;
  /** What the file declares now. */
  readonly desired: DesiredState;
}

/** The daemon with all that is around it: signals, the control socket, the state file, the service manager. */
export class DaemonProcess {
  readonly #context: Context;
  readonly #settings: DaemonSettings;
  readonly #kernel: Kernel;
  readonly #log: DaemonLog;
  readonly #startedAt = Date.now();
  readonly #boot = bootId();
  readonly #file: ActiveConfig;
  readonly #reloads = new CoalescedRuns(() => this.#reload());
  #daemon: Daemon | undefined;
  #manager: ServiceManager | undefined;
  #notifier: Notifier | undefined;
  #vips: VipClient | undefined;
  #overrides: OverrideWatch | undefined;

  /** Makes one that does not run yet. */
  constructor(context: Context, { settings, kernel, log, desired }: ProcessParts) {
    this.#context = context;
    this.#settings = settings;
    this.#kernel = kernel;
    this.#log = log;
    this.#file = new ActiveConfig(context, { path: settings.file, desired, loadedAt: this.#startedAt, log });
  }

  /** Runs until SIGTERM or SIGINT. */
  async run(): Promise<void> {
    const { file, repair, dryRun, verifyMs } = this.#settings;
    using network = openNetwork();
    using datagrams = openLocalDatagrams();
    const controller = new AbortController();
    const { signal } = controller;
    const statePath = this.#statePath;
    const state = { file: undefined as DaemonState | undefined };
    const restored = this.#restore(statePath);
    using told = dryRun ? undefined : openNotifier(network, {
      onTrouble: (trouble) => this.#log.write(describeTrouble(trouble)),
      stored: restored.more[NOTIFICATIONS],
      lasts: (event) => this.#daemon?.lasts(event),
      onChange: () => state.file?.changed(),
    });
    const notifier = this.#notifier = told?.notifier;
    const daemon = new Daemon(this.#kernel, {
      onEvent: (event) => {
        if (isTold(event)) this.#log.write(describeEvent(event));
        if (event.kind === "service") notifier?.notify(event.event);
        if (event.kind === "health" || event.kind === "agent" || event.kind === "service") state.file?.changed();
      },
      signal,
      lockTable: () => tryLockTable(this.#context, `run ${file}`),
      probe: probeBy(network),
      ask: askBy(network),
      lookUp: connectionLookupInBackground(this.#context, { onUnreadable: (message) => this.#log.warn(message) }),
      vips: () => this.#vips,
      restored,
      ...(verifyMs === 0 ? {} : { verifyMs }),
      repair,
      dryRun,
    });
    this.#daemon = daemon;
    using stateFile = statePath === undefined ? undefined : new DaemonState(statePath, {
      state: () => ({ ...daemon.store(this.#boot), more: { [NOTIFICATIONS]: notifier } }),
      onProblem: (message) => this.#log.warn(message),
      clock: SYSTEM_CLOCK,
    });
    state.file = stateFile;
    const manager = this.#manager = new ServiceManager({
      variable: (name) => Deno.env.get(name),
      send: (path, bytes) => datagrams.send(path, bytes),
      onUnreachable: (error) => this.#log.warn(asLvsctlError(error, { operation: "tell the service manager" }).message),
      pid: Deno.pid,
    });
    using _signals = listenFor({
      SIGHUP: () => void this.#reloads.request().catch((error: unknown) => this.#tellBug(error)),
      SIGTERM: () => controller.abort(),
      SIGINT: () => controller.abort(),
    });
    await this.#openVips(this.#file.desired);
    using _closing = { [Symbol.dispose]: () => this.#vips?.[Symbol.dispose]() };
    // Before the file: what operators said before this daemon was there counts from the beginning.
    using overrides = new OverrideWatch(this.#context, {
      onChange: (said) => daemon.override(said),
      onProblem: (message) => this.#log.warn(message),
      clock: SYSTEM_CLOCK,
    });
    this.#overrides = overrides;
    notifier?.load(this.#file.desired.services);
    daemon.load(this.#file.desired);
    await using _control = listenForCommands(this.#files?.socket, {
      commands: this.#commands(),
      log: this.#log,
      onBug: (error) => this.#tellBug(error),
    });
    manager.ready(this.#file.summary);
    {
      using _alive = manager.keepAlive(() => daemon.isAlive, { clock: SYSTEM_CLOCK });
      await daemon.finished;
    }
    manager.stopping();
    await notifier?.close({ graceMs: NOTIFY_GRACE_MS });
    leaveTable(this.#context, {
      settings: this.#settings,
      kernel: this.#kernel,
      desired: this.#file.desired,
      log: this.#log,
    });
  }

  /** Reads the file again; one that is not valid changes nothing but the log. */
  async #reload(): Promise<void> {
    this.#manager?.reloading();
    try {
      await this.#file.reload((desired) => this.#openVips(desired));
      this.#notifier?.load(this.#file.desired.services);
      this.#daemon?.load(this.#file.desired);
    } finally {
      this.#manager?.ready(this.#file.summary);
    }
  }

  /** Opens the interfaces' addresses when a file first needs them. */
  async #openVips(desired: DesiredState): Promise<void> {
    this.#vips ??= this.#settings.dryRun ? undefined : await openWithdrawnVips(this.#context, desired);
  }

  /** What was refused is in the log already; anything else is a bug, for which the checks are not to end. */
  #tellBug(error: unknown): void {
    if (error instanceof LvsctlError) return;
    this.#log.write({ level: "error", event: "bug", message: `internal error: ${String(error)}; please report this` });
  }

  #commands(): ControlCommands {
    return daemonCommands({
      report: () => this.#report(),
      reload: async () => {
        await this.#reloads.request();
        return `${this.#settings.file} is in force: ${this.#file.summary}`;
      },
      lookAtOverrides: () => {
        this.#overrides?.look();
        return this.#settings.dryRun
          ? []
          : this.#file.desired.services.map(({ service }) => formatServiceId(service.id));
      },
    });
  }

  #report(): StatusReport {
    const { file, repair, dryRun } = this.#settings;
    const { loadedAt, reloadError } = this.#file;
    if (this.#daemon === undefined) throw new LvsctlError("it begins just now", { retriable: true });
    return {
      about: {
        pid: Deno.pid,
        version: VERSION,
        file,
        startedAt: this.#startedAt,
        loadedAt,
        ...(reloadError === undefined ? {} : { reloadError }),
        repair,
        dryRun,
      },
      daemon: this.#daemon.status(),
      now: Date.now(),
    };
  }

  get #files(): ReturnType<typeof daemonFiles> | undefined {
    const { directories } = this.#context;
    return directories === undefined || this.#settings.dryRun ? undefined : daemonFiles(directories);
  }

  get #statePath(): string | undefined {
    return this.#settings.dryRun ? undefined : this.#settings.state ?? this.#files?.state;
  }

  #restore(path: string | undefined): RestoredState {
    const stored = path === undefined
      ? undefined
      : readDaemonState(path, { onProblem: (message) => this.#log.warn(message) });
    return restoreState(stored, { boot: this.#boot, now: Date.now() });
  }
}

/** Whether an event is for the log: of servers that go up and down, their checks and the changes tell already. */
function isTold(event: DaemonEvent): boolean {
  return event.kind !== "service" || (event.event.kind !== "server_up" && event.event.kind !== "server_down");
}
