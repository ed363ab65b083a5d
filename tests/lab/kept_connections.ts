/**
 * Connections through directors that must survive, and what the directors know of them.
 *
 * @module
 */
import assert from "node:assert/strict";
import type { BackgroundProcess } from "./background_process.ts";
import { until } from "./director.ts";
import type { LongConnectionOptions, Report } from "./long_connections.ts";
import { inNamespace, type Namespaces } from "./namespace.ts";
import { denoProgram } from "./traffic.ts";

/** How many more bytes must return before a connection counts as alive. */
const ALIVE_BYTES = 3;

/** Time between two bytes of a connection; milliseconds. */
const BYTE_MS = 500;

/** How long they may take to be alive; milliseconds. */
const WITHIN_MS = 18_000;

/** The connections of a client. */
export class KeptConnections {
  /** How many there are. */
  readonly count: number;
  readonly #client: BackgroundProcess;

  private constructor(client: BackgroundProcess, count: number) {
    this.#client = client;
    this.count = count;
  }

  /** Starts a server that returns what it receives. */
  static async serve(namespaces: Namespaces, namespace: string, port: number): Promise<void> {
    await start(namespaces, namespace, { kind: "server", port });
  }

  /** Opens connections from a namespace, so many to each port of an address. */
  static async open(
    namespaces: Namespaces,
    namespace: string,
    options: { readonly address: string; readonly ports: readonly number[]; readonly each: number },
  ): Promise<KeptConnections> {
    const client = await start(namespaces, namespace, { kind: "client", ...options, everyMs: BYTE_MS });
    return new KeptConnections(client, options.ports.length * options.each);
  }

  /** Waits until all of them have returned more bytes. */
  async untilAlive(what: string): Promise<void> {
    const before = this.#report.map(Number);
    await until(() => {
      const now = this.#report;
      assert.ok(!now.includes("closed"), `${what}: ${now}`);
      return now.length === this.count &&
        now.every((count, index) => Number(count) >= (before[index] ?? 0) + ALIVE_BYTES);
    }, {
      withinMs: WITHIN_MS,
      what: `all connections live ${what}`,
      state: () => this.#client.stdout.slice(-200),
    });
  }

  /** Waits until a director knows all of them; the kernel sends them after two seconds at most. */
  async untilKnown(director: string): Promise<void> {
    const table = async (): Promise<string> =>
      (await inNamespace(director, ["cat", "/proc/net/ip_vs_conn_sync"])).stdout;
    await until(async () => (await table()).match(/ESTABLISHED/g)?.length === this.count, {
      withinMs: WITHIN_MS,
      what: `${director} knows all connections`,
    });
  }

  /** The last report of the client. */
  get #report(): Report {
    const line = this.#client.stdout.split("\n").findLast((text) => text.startsWith("[")) ?? "[]";
    return JSON.parse(line);
  }
}

async function start(
  namespaces: Namespaces,
  namespace: string,
  options: LongConnectionOptions,
): Promise<BackgroundProcess> {
  const process = namespaces.start(namespace, denoProgram("long_connections.ts", options));
  await process.untilOutput(/^ready\n/m);
  return process;
}
