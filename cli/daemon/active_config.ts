import { LvsctlError } from "../../core/errors/mod.ts";
import type { DesiredState } from "../../core/model/mod.ts";
import { readDesired } from "../config/read_config.ts";
import type { Context } from "../context/context.ts";
import type { DaemonLog } from "./log.ts";

/** The file that a daemon goes by: the last one that was valid. */
export class ActiveConfig {
  readonly #context: Context;
  readonly #path: string;
  readonly #log: DaemonLog;
  #desired: DesiredState;
  #loadedAt: number;
  #reloadError: string | undefined;

  /**
   * Begins with a file that was read.
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

  /** What it declares. */
  get desired(): DesiredState {
    return this.#desired;
  }

  /** When it was read; milliseconds since 1970. */
  get loadedAt(): number {
    return this.#loadedAt;
  }

  /** Why what was to replace it was not valid; undefined if nothing was. */
  get reloadError(): string | undefined {
    return this.#reloadError;
  }

  /** How much it is, for people. */
  get summary(): string {
    const { services } = this.#desired;
    const servers = services.reduce((sum, service) => sum + service.servers.length, 0);
    return `watching ${services.length} virtual services with ${servers} real servers`;
  }

  /**
   * Reads it again; one that is not valid changes nothing but the log.
   *
   * @param prepare Gets ready what the file needs, before it is in force.
   * @throws {LvsctlError} If it is not valid, or cannot be got ready for.
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
      const consequence = `${this.#path} is not valid: the one that was read before stays in force`;
      this.#log.write({ level: "error", event: "reload", message: `${message}\n${consequence}` });
      throw new LvsctlError(`${message}\n${consequence}`, { exitCode });
    }
  }
}
