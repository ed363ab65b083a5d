import { type ControlCommands, ControlServer } from "../core/control/mod.ts";
import { Daemon, type DaemonEvent, type RestoredState, restoreState, ServiceManager } from "../core/daemon/mod.ts";
import { asLvsctlError, LvsctlError } from "../core/errors/mod.ts";
import { SYSTEM_CLOCK } from "../core/health/mod.ts";
import { type DesiredState, formatServiceId } from "../core/model/mod.ts";
import type { VipClient } from "../core/rtnetlink/mod.ts";
import type { Notifier } from "../core/notify/mod.ts";
import { openLocalDatagrams } from "../core/open_datagrams.ts";
import { askBy, openNetwork, probeBy } from "../core/open_network.ts";
import { openNotifier } from "../core/open_notifier.ts";
import type { Kernel } from "../core/reconcile/mod.ts";
import { readDesired } from "./config_file.ts";
import { connectionLookUpInBackground } from "./connection_look_up.ts";
import type { Context } from "./context.ts";
import { daemonCommands } from "./daemon_commands.ts";
import { daemonFiles, lockDaemon } from "./daemon_files.ts";
import { DaemonLog, isJournalStream, type LogFormat } from "./daemon_log.ts";
import { bootId, DaemonState, readDaemonState } from "./daemon_state.ts";
import { describeEvent, describeTrouble } from "./format/events.ts";
import type { StatusReport } from "./format/status.ts";
import { Reloads } from "./reloads.ts";
import { removeServices } from "./remove_services.ts";
import { OverrideWatch } from "./override_watch.ts";
import { tryLockTable } from "./table_lock.ts";
import { VERSION } from "./version.ts";
import { openWithdrawnVips } from "./withdrawn_vips.ts";

/** Under which name the state file has what people were told. */
const NOTIFICATIONS = "notifications";

/** How long telling people may take when the daemon ends; the rest is told by the next one. */
const NOTIFY_GRACE_MS = 3000;

/** How the daemon is run. */
export interface DaemonSettings {
  /** The file that it brings about. */
  readonly file: string;
  /** How its log is written. */
  readonly logFormat: LogFormat;
  /** Where it leaves what it knows; where the daemon of this table does, if it is not given. */
  readonly state?: string;
  /** Whether it puts right what others make of the table. */
  readonly repair: boolean;
  /** How often it looks whether the table is as it should be, 0 for never; milliseconds. */
  readonly verifyMs: number;
  /** What becomes of its services when it is told to stop. */
  readonly onExit: "keep" | "remove";
  /** Changes nothing, and may run beside another one. */
  readonly dryRun: boolean;
}

/**
 * Runs the daemon until SIGTERM or SIGINT.
 *
 * @throws {LvsctlError} If the file is not valid, another daemon looks after the table, or there is no IPVS. What
 * happens later is in the log.
 */
export async function runDaemon(context: Context, settings: DaemonSettings): Promise<void> {
  const { file, dryRun } = settings;
  const directories = dryRun ? undefined : context.directories;
  const log = new DaemonLog({
    format: settings.logFormat,
    isJournal: isJournalStream(Deno.env.get("JOURNAL_STREAM")),
    write: (text) => context.io.err(text),
    timeOfDay: Date.now,
  });
  const told = tellingLog(context, log);
  const desired = await readDesired(told, file, { warn: true });
  using _lock = directories === undefined ? undefined : lockDaemon(directories, {
    file,
    onUnusable: ({ message }) => log.warn(`${message}; another daemon may look after the same table`),
  });
  using kernel = await context.openIpvs();
  await new DaemonProcess(told, { settings, kernel, log, desired }).run();
}

/** The context for what the daemon does: what commands would print on standard error is told in the log. */
function tellingLog(context: Context, log: DaemonLog): Context {
  const err = (text: string): void => {
    for (const line of text.split("\n")) {
      if (line !== "") log.write({ level: "warning", event: "file", message: line.replace(/^lvsctl: /, "") });
    }
  };
  return { ...context, io: { ...context.io, err } };
}

/** What a {@linkcode DaemonProcess} works with. */
interface ProcessParts {
  readonly settings: DaemonSettings;
  readonly kernel: Kernel;
  readonly log: DaemonLog;
  /** What the file declares now. */
  readonly desired: DesiredState;
}

/** The daemon with all that is around it: signals, the control socket, the state file, the service manager. */
class DaemonProcess {
  readonly #context: Context;
  readonly #settings: DaemonSettings;
  readonly #kernel: Kernel;
  readonly #log: DaemonLog;
  readonly #startedAt = Date.now();
  readonly #boot = bootId();
  readonly #reloads = new Reloads(() => this.#reload());
  #desired: DesiredState;
  #loadedAt = this.#startedAt;
  #reloadError: string | undefined;
  #daemon: Daemon | undefined;
  #manager: ServiceManager | undefined;
  #notifier: Notifier | undefined;
  #vips: VipClient | undefined;
  #overrides: OverrideWatch | undefined;

  constructor(context: Context, { settings, kernel, log, desired }: ProcessParts) {
    this.#context = context;
    this.#settings = settings;
    this.#kernel = kernel;
    this.#log = log;
    this.#desired = desired;
  }

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
        if (event.kind === "service") notifier?.tell(event.event);
        if (event.kind === "health" || event.kind === "agent" || event.kind === "service") state.file?.changed();
      },
      signal,
      lockTable: () => tryLockTable(this.#context, `run ${file}`),
      probe: probeBy(network),
      ask: askBy(network),
      lookUp: connectionLookUpInBackground(this.#context, { onUnreadable: (message) => this.#log.warn(message) }),
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
    await this.#openVips(this.#desired);
    using _closing = { [Symbol.dispose]: () => this.#vips?.[Symbol.dispose]() };
    // Before the file: what operators said before this daemon was there counts from the beginning.
    using overrides = new OverrideWatch(this.#context, {
      onChange: (said) => daemon.override(said),
      onProblem: (message) => this.#log.warn(message),
      clock: SYSTEM_CLOCK,
    });
    this.#overrides = overrides;
    notifier?.load(this.#desired.services);
    daemon.load(this.#desired);
    await using _control = this.#listen();
    manager.ready(this.#summary);
    {
      using _alive = manager.keepAlive(() => daemon.isAlive, { clock: SYSTEM_CLOCK });
      await daemon.finished;
    }
    manager.stopping();
    await notifier?.close({ graceMs: NOTIFY_GRACE_MS });
    this.#leave();
  }

  /** Reads the file again; one that is not valid changes nothing but the log. */
  async #reload(): Promise<void> {
    const { file } = this.#settings;
    this.#manager?.reloading();
    try {
      const desired = await readDesired(this.#context, file, { warn: true });
      await this.#openVips(desired);
      this.#desired = desired;
      this.#loadedAt = Date.now();
      this.#reloadError = undefined;
      this.#notifier?.load(desired.services);
      this.#daemon?.load(desired);
    } catch (error) {
      if (!(error instanceof LvsctlError)) throw error;
      const { message, exitCode } = error;
      this.#reloadError = message;
      const consequence = `${file} is not valid: the one that was read before stays in force`;
      this.#log.write({ level: "error", event: "reload", message: `${message}\n${consequence}` });
      throw new LvsctlError(`${message}\n${consequence}`, { exitCode });
    } finally {
      this.#manager?.ready(this.#summary);
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

  #listen(): ControlServer | undefined {
    const path = this.#files?.socket;
    if (path === undefined) return undefined;
    try {
      return ControlServer.listen(path, {
        commands: this.#commands(),
        onBug: (error) => this.#tellBug(error),
      });
    } catch (error) {
      if (!(error instanceof LvsctlError)) throw error;
      this.#log.warn(`${error.message}; "lvsctl status" and "lvsctl reload" will not find this daemon`);
      return undefined;
    }
  }

  #commands(): ControlCommands {
    return daemonCommands({
      report: () => this.#report(),
      reload: async () => {
        await this.#reloads.request();
        return `${this.#settings.file} is in force: ${this.#summary}`;
      },
      lookAtOverrides: () => {
        this.#overrides?.look();
        return this.#settings.dryRun ? [] : this.#desired.services.map(({ service }) => formatServiceId(service.id));
      },
    });
  }

  #report(): StatusReport {
    const { file, repair, dryRun } = this.#settings;
    if (this.#daemon === undefined) throw new LvsctlError("it begins just now", { retriable: true });
    return {
      about: {
        pid: Deno.pid,
        version: VERSION,
        file,
        startedAt: this.#startedAt,
        loadedAt: this.#loadedAt,
        ...(this.#reloadError === undefined ? {} : { reloadError: this.#reloadError }),
        repair,
        dryRun,
      },
      daemon: this.#daemon.status(),
      now: Date.now(),
    };
  }

  get #summary(): string {
    const servers = this.#desired.services.reduce((sum, service) => sum + service.servers.length, 0);
    return `watching ${this.#desired.services.length} virtual services with ${servers} real servers`;
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

  /** What becomes of the table when the daemon ends. */
  #leave(): void {
    const info = (message: string): void => this.#log.write({ level: "info", event: "stopped", message });
    if (this.#settings.onExit === "keep" || this.#settings.dryRun) return info("stopped; the table stays as it is");
    using _lock = tryLockTable(this.#context, `run ${this.#settings.file}`);
    const { changes, errors } = removeServices(this.#kernel, this.#desired);
    for (const change of changes) {
      this.#log.write(describeEvent({ kind: "change", change, why: "--on-exit remove" }));
    }
    for (const { message } of errors) this.#log.write({ level: "error", event: "failure", message });
    info(`stopped; ${changes.length} virtual services were removed`);
  }
}

/** Whether an event is for the log: of servers that go up and down, their checks and the changes tell already. */
function isTold(event: DaemonEvent): boolean {
  return event.kind !== "service" || (event.event.kind !== "server_up" && event.event.kind !== "server_down");
}

/** Listens for signals until it is disposed of. */
function listenFor(listeners: Readonly<Partial<Record<Deno.Signal, () => void>>>): Disposable {
  const entries = Object.entries(listeners) as [Deno.Signal, () => void][];
  for (const [name, listener] of entries) Deno.addSignalListener(name, listener);
  return {
    [Symbol.dispose]: () => {
      for (const [name, listener] of entries) Deno.removeSignalListener(name, listener);
    },
  };
}
