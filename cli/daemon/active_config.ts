import type { ConfigFile } from "../../core/config/mod.ts";
import { LvsctlError } from "../../core/errors/mod.ts";
import type { DesiredState } from "../../core/model/mod.ts";
import type { Clock } from "../../core/time/mod.ts";
import { formatLoggedWarning, readAvailable, unresolvedHosts } from "../config/read_config.ts";
import type { Context } from "../context/context.ts";
import { count } from "../format/count.ts";
import { HostNames } from "./host_names.ts";
import type { DaemonLog } from "./log.ts";
import type { DaemonSources } from "./sources.ts";

/** Most warnings of the file that are logged: with each reload they are the same. */
const MOST_WARNINGS = 50;

/** Options of {@linkcode ActiveConfig.open}. */
export interface ActiveConfigOptions {
  /** The path of the file. */
  readonly path: string;
  /** The log. */
  readonly log: DaemonLog;
  /** The source of time. */
  readonly clock: Clock;
  /** Reads the file; by default as a command does, which may wait. */
  readonly read?: ((path: string) => string) | undefined;
  /** The sources of servers; by default they are asked once for each reading, as a command does. */
  readonly sources?: DaemonSources | undefined;
  /**
   * Whether it comes from a store, and therefore includes no files.
   *
   * @default {false}
   */
  readonly isStored?: boolean | undefined;
}

/**
 * The configuration that a daemon applies: the last valid version of its file. A host name without an address does not
 * keep the rest of the file from becoming active.
 */
export class ActiveConfig {
  readonly #context: Context;
  readonly #path: string;
  readonly #log: DaemonLog;
  readonly #hosts: HostNames;
  readonly #readFile: ActiveConfigOptions["read"];
  readonly #sources: DaemonSources | undefined;
  /** The number of changes of the sources' lists that the content has. */
  #listChanges = 0;
  readonly #isStored: boolean;
  #config: ConfigFile = { desired: { services: [] }, warnings: [], hosts: [], sources: [], included: [], omitted: [] };
  #loadedAt = 0;
  #reloadError: string | undefined;
  #reloads = 0;
  #failedReloads = 0;
  /** The host names without an address that were logged. */
  readonly #reported = new Set<string>();

  private constructor(
    context: Context,
    { path, log, clock, read, sources, isStored = false }: ActiveConfigOptions,
  ) {
    this.#context = context;
    this.#path = path;
    this.#log = log;
    this.#readFile = read;
    this.#sources = sources;
    this.#isStored = isStored;
    this.#hosts = new HostNames({
      resolve: context.surroundings.resolve,
      clock,
      onStale: (name, reason) => log.warn(`Cannot resolve ${name}: ${reason}; it keeps its earlier addresses`),
    });
  }

  /**
   * Reads the file for the first time.
   *
   * @throws {LvsctlError} If the file is not valid.
   */
  static async open(context: Context, options: ActiveConfigOptions): Promise<ActiveConfig> {
    const config = new ActiveConfig(context, options);
    config.#take(await config.#read());
    return config;
  }

  /** The content of the file. */
  get desired(): DesiredState {
    return this.#config.desired;
  }

  /** When it was read; milliseconds since 1970. */
  get loadedAt(): number {
    return this.#loadedAt;
  }

  /** Why the last reload failed; undefined if it did not. */
  get reloadError(): string | undefined {
    return this.#reloadError;
  }

  /** How often the file was read again, and how often that failed. */
  get reloads(): { readonly all: number; readonly failed: number } {
    return { all: this.#reloads, failed: this.#failedReloads };
  }

  /** Whether a host name or a source lacks addresses. */
  get isIncomplete(): boolean {
    return unresolvedHosts(this.desired).size > 0;
  }

  /** The number of services and servers, as text. */
  get summary(): string {
    const { services } = this.desired;
    const servers = services.reduce((sum, service) => sum + service.servers.length, 0);
    return `watching ${count(services.length, "virtual service")} with ${count(servers, "real server")}`;
  }

  /**
   * Reads the file again; if it is not valid, only the log changes.
   *
   * @param prepare Prepares for the file before it becomes active.
   * @throws {LvsctlError} If the file is not valid, or the preparation fails.
   */
  async reload(prepare: (desired: DesiredState) => Promise<void>): Promise<void> {
    this.#reloads++;
    try {
      const config = await this.#read();
      await prepare(config.desired);
      this.#take(config);
      this.#reloadError = undefined;
    } catch (error) {
      if (!(error instanceof LvsctlError)) throw error;
      const { message, exitCode } = error;
      this.#failedReloads++;
      this.#reloadError = message;
      const consequence = `${this.#path} is not valid; the previous version stays active`;
      this.#log.write({ level: "error", event: "reload", message: `${message}\n${consequence}` });
      throw new LvsctlError(`${message}\n${consequence}`, { exitCode });
    }
  }

  /**
   * Resolves the host names that lack addresses again, and takes the present lists of sources, without reading the file.
   *
   * @returns Whether the content has changed.
   */
  async resolveAgain(): Promise<boolean> {
    const config = this.#config;
    if (config.resolveAgain === undefined) return false;
    const missing = unresolvedHosts(config.desired);
    const listChanges = this.#sources?.changes ?? 0;
    try {
      const resolved = await config.resolveAgain({
        resolve: this.#hosts.only(new Set(missing.keys())),
        discover: this.#sources?.present ?? this.#context.surroundings.discover,
      });
      // A reload in the meantime has resolved the names of its own file.
      if (this.#config !== config) return false;
      this.#config = resolved;
      this.#report();
      const hasChanged = listChanges !== this.#listChanges || unresolvedHosts(resolved.desired).size < missing.size;
      this.#listChanges = listChanges;
      return hasChanged;
    } catch (error) {
      if (!(error instanceof LvsctlError)) throw error;
      this.#log.warn(error.message);
      return false;
    }
  }

  async #read(): Promise<ConfigFile> {
    this.#listChanges = this.#sources?.changes ?? 0;
    const config = await readAvailable(this.#context, this.#path, {
      resolve: this.#hosts.all,
      discover: this.#sources?.follow ?? this.#context.surroundings.discover,
      warn: true,
      read: this.#readFile,
      includes: !this.#isStored,
    });
    for (const warning of config.warnings.slice(0, MOST_WARNINGS)) {
      const { severity: level = "warning", code } = warning;
      this.#log.write({ level, event: "file", message: formatLoggedWarning(this.#path, warning), fields: { code } });
    }
    const left = config.warnings.length - MOST_WARNINGS;
    if (left > 0) {
      const hint = `"lvsctl config check ${this.#path}" prints all`;
      this.#log.warn(`${this.#path}: and ${count(left, "more warning")}; ${hint}`);
    }
    return config;
  }

  #take(config: ConfigFile): void {
    const [before, after] = [this.#config, config].map(({ desired }) => JSON.stringify(desired.metrics));
    if (this.#loadedAt > 0 && before !== after) {
      this.#log.warn(`${this.#path}: metrics has changed; restart the daemon to serve them as the file says`);
    }
    this.#config = config;
    this.#sources?.retain(config.sources);
    this.#loadedAt = Date.now();
    this.#report();
  }

  /** Logs each missing host name once, and once when it has an address. */
  #report(): void {
    const missing = unresolvedHosts(this.desired);
    for (const host of this.#reported) {
      if (missing.has(host)) continue;
      this.#reported.delete(host);
      this.#log.write({
        level: "notice",
        event: "host",
        message: `${host} is resolved`,
        fields: { host, reason: null },
      });
    }
    for (const [host, reason] of missing) {
      // The reason may alternate while a name server fails; the status has the present one.
      if (this.#reported.has(host)) continue;
      this.#reported.add(host);
      const message = `${reason}; the other servers are not affected, and the daemon tries again`;
      this.#log.write({ level: "error", event: "host", message, fields: { host, reason } });
    }
  }
}
