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

/** One period of sharing with the same settings. */
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

  /** Shares nothing yet. */
  constructor(options: SharedVerdictsOptions) {
    this.#options = options;
  }

  /** The state; undefined while nothing is shared. */
  get status(): SharingStatus | undefined {
    return this.#period?.shared.status;
  }

  /** The verdict of other directors on a server: see {@linkcode SharedHealth.vouchOf}. */
  readonly vouchOf: SharedHealth["vouchOf"] = (checked) => this.#period?.shared.vouchOf(checked);

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
    this.#changes = this.#changes.then(() => this.#replace(store, settings)).catch(this.#options.onBug);
  }

  /** Stops, and takes the verdicts of this director out of the store. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#isEnding = true;
    await this.#changes;
    await this.#end();
  }

  async #replace(store: DirectorStore, settings: HealthSharing | undefined): Promise<void> {
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
    this.#period = { shared, stop, run: shared.run(stop.signal).catch(onBug) };
  }

  async #end(): Promise<void> {
    this.#period?.stop.abort();
    await this.#period?.run;
    this.#period = undefined;
  }
}
