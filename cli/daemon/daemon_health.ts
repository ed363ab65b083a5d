import type { ControlClient } from "../../core/control/mod.ts";
import { LvsctlError } from "../../core/errors/mod.ts";
import type { Context } from "../context/context.ts";
import { askDaemon, findDaemon } from "./client.ts";
import { readStatus, type TableHealth } from "../format/table_health.ts";

/** How long a view of the table waits for the daemon; milliseconds. */
const ANSWER_MS = 2000;

/** Reads health from the daemon repeatedly; connects again after a failure, in case a daemon starts. */
export class DaemonHealth implements Disposable {
  readonly #context: Context;
  #client: ControlClient | undefined;

  /** Connects to no daemon yet. */
  constructor(context: Context) {
    this.#context = context;
  }

  /** The present health of services and servers; undefined if no daemon answers. */
  async read(signal: AbortSignal): Promise<TableHealth | undefined> {
    try {
      this.#client ??= await findDaemon(this.#context, { readsStatus: true });
      if (this.#client === undefined) return undefined;
      const { status } = await askDaemon(this.#client, "status", { signal, timeoutMs: ANSWER_MS });
      return readStatus(status);
    } catch (error) {
      if (!(error instanceof LvsctlError)) throw error;
      this[Symbol.dispose]();
      return undefined;
    }
  }

  /** Closes the connection. */
  [Symbol.dispose](): void {
    this.#client?.[Symbol.dispose]();
    this.#client = undefined;
  }
}
