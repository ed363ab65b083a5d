import type { ControlClient } from "../core/control/mod.ts";
import { LvsctlError } from "../core/errors/mod.ts";
import type { Context } from "./context.ts";
import { askDaemon, findDaemon } from "./daemon_client.ts";

/** How long a view of something else waits for the daemon; milliseconds. */
const ANSWER_MS = 2000;

/** What the daemon believes of a service. */
export interface ServiceHealth {
  /** Its name in the file; undefined where it has none. */
  readonly name: string | undefined;
  /** Servers that serve. */
  readonly serving: number;
  /** Servers that the file gives it. */
  readonly configured: number;
  /** Whether it has its quorum. */
  readonly quorumMet: boolean;
  /** What is believed of its servers, by `formatServerId`; null where one has no check. */
  readonly servers: ReadonlyMap<string, string | null>;
}

/** What the daemon believes, by `formatServiceId`. */
export type TableHealth = ReadonlyMap<string, ServiceHealth>;

/** Asks the daemon for its beliefs, if there is one: where none answers, none are known, and it is looked for again. */
export class DaemonHealth implements Disposable {
  readonly #context: Context;
  #client: ControlClient | undefined;

  /** Asks nobody yet. */
  constructor(context: Context) {
    this.#context = context;
  }

  /** What the daemon believes now; undefined where there is none, or it does not answer. */
  async read(signal: AbortSignal): Promise<TableHealth | undefined> {
    try {
      this.#client ??= await findDaemon(this.#context);
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

/** What of the daemon's status is about health; what is not understood is passed over, for it may be of any version. */
export function readStatus(status: unknown): TableHealth {
  const health = new Map<string, ServiceHealth>();
  for (const service of listOf(fieldsOf(status)["services"])) {
    const servers = listOf(service["servers"]);
    health.set(String(service["service"]), {
      name: typeof service["name"] === "string" ? service["name"] : undefined,
      serving: Number(service["serving"]),
      configured: servers.length,
      quorumMet: fieldsOf(service["quorum"])["met"] !== false,
      servers: new Map(servers.map(({ address, health: word }) => [
        String(address),
        typeof word === "string" ? word : null,
      ])),
    });
  }
  return health;
}

type Fields = Readonly<Record<string, unknown>>;

function listOf(value: unknown): readonly Fields[] {
  return Array.isArray(value) ? value.map(fieldsOf) : [];
}

function fieldsOf(value: unknown): Fields {
  return typeof value === "object" && value !== null ? Object.fromEntries(Object.entries(value)) : {};
}
