import { LvsctlError } from "../../core/errors/mod.ts";
import type { DesiredState } from "../../core/model/mod.ts";
import { readDesired } from "../config/read_config.ts";
import type { Context } from "../context/context.ts";
import { count } from "../format/count.ts";
import type { DaemonLog } from "./log.ts";

/** The configuration that a daemon applies: the last valid version of its file. */
export class ActiveConfig {
  readonly #context: Context;
  readonly #path: string;
  readonly #log: DaemonLog;
  #desired: DesiredState;
  #loadedAt: number;
  #reloadError: string | undefined;

  /**
   * Begins with a file that was read already.
   *
   * @param options.loadedAt When it was read; milliseconds since 1970.
   */
  constructor(
    context: Context,
    options: {
      readonly path: string;
      readonly desired: DesiredState;
      readonly loadedAt: number;
      readonly log: DaemonLog;
    },
  ) {
    const { path, desired, loadedAt, log } = options;
    this.#context = context;
    this.#path = path;
    this.#desired = desired;
    this.#loadedAt = loadedAt;
    this.#log = log;
  }

  /** The content of the file. */
  get desired(): DesiredState {
    return this.#desired;
  }

  /** When it was read; milliseconds since 1970. */
  get loadedAt(): number {
    return this.#loadedAt;
  }

  /** Why the last reload failed; undefined if it did not. */
  get reloadError(): string | undefined {
    return this.#reloadError;
  }

  /** The number of services and servers, as text. */
  get summary(): string {
    const { services } = this.#desired;
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
    try {
      const desired = await readDesired(this.#context, this.#path, { warn: true });
      await prepare(desired);
      this.#desired = desired;
      this.#loadedAt = Date.now();
      this.#reloadError = undefined;
    } catch (error) {
      if (!(error instanceof LvsctlError)) throw error;
      const { message, exitCode } = error;
      this.#reloadError = message;
      const consequence = `${this.#path} is not valid; the previous version stays active`;
      this.#log.write({ level: "error", event: "reload", message: `${message}\n${consequence}` });
      throw new LvsctlError(`${message}\n${consequence}`, { exitCode });
    }
  }
}
