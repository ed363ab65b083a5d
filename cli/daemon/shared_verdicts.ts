import type { DirectorStore } from "./stored_config.ts";
import type { Daemon } from "../../core/daemon/mod.ts";
import type { HealthSharing } from "../../core/model/mod.ts";
import type { SharedHealth, SharingStatus } from "../../core/sharing/mod.ts";
import type { Clock } from "../../core/time/mod.ts";
import type { DaemonLog } from "./log.ts";

/** Options of {@linkcode SharedVerdicts}. */
export interface SharedVerdictsOptions {
  /** The store of the configuration; undefined for a file. */
  readonly store: DirectorStore | undefined;
  /** The daemon. */
  readonly daemon: () => Pick<Daemon, "verdicts" | "reconsider"> | undefined;
  /** The log. */
  readonly log: DaemonLog;
  /** Reports a bug. */
  readonly onBug: (error: unknown) => void;
  /** The source of time. */
  readonly clock: Clock;
}

/** A server with its check. */
type Checked = Parameters<SharedHealth["vouchOf"]>[0];

/** One period of sharing: other settings do not end it. */
interface Period {
  readonly shared: SharedHealth;
  readonly stop: AbortController;
  readonly run: Promise<void>;
}

/** The verdicts that this director shares with others, while its file has `health_sharing`. */
export class SharedVerdicts implements AsyncDisposable {
  readonly #options: SharedVerdictsOptions;
  #settings: HealthSharing | undefined;
  #period: Period | undefined;
  #changes: Promise<void> = Promise.resolve();
  #isEnding = false;
  #isRestart = false;
  /** The servers about which decisions are made while the first period of sharing begins. */
  #asked: Checked[] | undefined;

  /** Shares nothing yet. */
  constructor(options: SharedVerdictsOptions) {
    this.#options = options;
  }

  /** The state; undefined while nothing is shared. */
  get status(): SharingStatus | undefined {
    return this.#period?.shared.status;
  }

  /** The verdict of other directors on a server: see {@linkcode SharedHealth.vouchOf}. */
  readonly vouchOf: SharedHealth["vouchOf"] = (checked) => {
    if (this.#period !== undefined) return this.#period.shared.vouchOf(checked);
    if (this.#settings === undefined || this.#asked === undefined) return undefined;
    this.#asked.push(checked);
    return { directors: 0, limitMs: this.#settings.limitMs };
  };

  /** Publishes soon, because a server's health has changed. */
  changed(): void {
    this.#period?.shared.changed();
  }

  /** Takes the settings of a file; undefined for none. */
  load(settings: HealthSharing | undefined): void {
    const { store, log } = this.#options;
    const before = this.#settings;
    if (JSON.stringify(settings) === JSON.stringify(before)) return this.changed();
    this.#settings = settings;
    if (store === undefined) {
      if (settings === undefined) return;
      return log.warn('health_sharing has no effect with a file: directors share verdicts through "run etcd://"');
    }
    if (before === undefined) this.#asked = [];
    this.#changes = this.#changes.then(() => this.#replace(store, settings)).catch(this.#options.onBug);
  }

  /**
   * Stops, and takes the verdicts of this director out of the store.
   *
   * @param options.isRestart Whether another daemon follows at once: then the verdicts stay for the time of their lease.
   */
  async end({ isRestart }: { readonly isRestart: boolean }): Promise<void> {
    this.#isRestart = isRestart;
    this.#isEnding = true;
    await this.#changes;
    await this.#end();
  }

  /** Stops as before an end without a restart, unless it has stopped already. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.end({ isRestart: false });
  }

  /** Begins or ends a period, or takes other settings in it: what others keep depends on it. */
  async #replace(store: DirectorStore, settings: HealthSharing | undefined): Promise<void> {
    if (settings !== undefined && this.#period !== undefined) return this.#period.shared.configure(settings);
    await this.#end();
    if (settings === undefined || this.#isEnding) return;
    const { daemon, log, onBug, clock } = this.#options;
    const { SharedHealth } = await import("../../core/sharing/mod.ts");
    const shared = new SharedHealth({
      ...store,
      settings,
      clock,
      random: Math.random,
      verdicts: () => daemon()?.verdicts() ?? [],
      onChanged: (names) => daemon()?.reconsider(names),
      log: (level, message) => log.write({ level, event: "sharing", message }),
      onBug,
    });
    const stop = new AbortController();
    this.#period = { shared, stop, run: shared.run(stop.signal, { isRestart: () => this.#isRestart }).catch(onBug) };
    // The first reading decides about the servers that were kept until now.
    for (const checked of this.#asked ?? []) shared.vouchOf(checked);
    this.#asked = undefined;
  }

  async #end(): Promise<void> {
    this.#period?.stop.abort();
    await this.#period?.run;
    this.#period = undefined;
  }
}
