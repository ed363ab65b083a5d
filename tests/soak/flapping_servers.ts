/**
 * Very many real servers in this process, whose health changes at will. Each knows which probes it has answered since
 * the change, so that it is known when a daemon must have noticed.
 *
 * @module
 */

/** The port that all of them listen on. */
export const PORT = 8080;

/** The answer of a healthy server. */
export const ANSWER = "up\n";

/** `closed`: it closes each connection at once. `silent`: it never answers. */
export type ServerMode = "up" | "closed" | "silent";

/** A change of a server's health, or a probe that it answered. */
export interface ServerEvent {
  /** When; milliseconds. */
  readonly at: number;
  /** What: "becomes closed", "is probed and is closed". */
  readonly what: string;
}

/** How many probes in a row decide. */
export interface Verdicts {
  /** Successes after which a server is healthy. */
  readonly rise: number;
  /** Failures after which it is unhealthy. */
  readonly fall: number;
}

/** Most events of a history. */
const HISTORY_EVENTS = 12;

/**
 * Connections that the kernel keeps until they are accepted: with fewer, it drops those of a daemon that has just started,
 * and their probes wait for TCP's next attempts.
 */
const BACKLOG = 4096;

/** A server. */
export interface FlappingServer {
  /** IPv4 address, of 127.0.0.0/8. */
  readonly address: string;
  /** Its health. */
  mode: ServerMode;
  /** Number of probes in a row since the last change of its health, or of the daemon. */
  probes: number;
  /** The last changes and probes, the latest last. */
  readonly history: ServerEvent[];
  /** When that number became as large as a verdict needs; milliseconds. */
  decidedAt: number | undefined;
  /** When the last probe came; milliseconds. */
  probedAt: number;
}

/** The servers, and the socket that they share. */
export class FlappingServers implements AsyncDisposable {
  /** The servers by address. */
  readonly all: ReadonlyMap<string, FlappingServer>;
  /** Number of probes of all servers. */
  probes = 0;
  readonly #listener: Deno.TcpListener;
  readonly #verdicts: Verdicts;
  readonly #connections = new Set<Promise<void>>();
  readonly #accepting: Promise<void>;

  /** Starts to listen; all are healthy. */
  constructor(addresses: readonly string[], verdicts: Verdicts) {
    const now = performance.now();
    this.all = new Map(addresses.map((address) => [address, {
      address,
      mode: "up",
      probes: 0,
      decidedAt: undefined,
      probedAt: now,
      history: [],
    }]));
    this.#verdicts = verdicts;
    this.#listener = Deno.listen({ hostname: "0.0.0.0", port: PORT, tcpBacklog: BACKLOG });
    this.#accepting = this.#accept();
  }

  /** Changes the health of a server. */
  change(server: FlappingServer, mode: ServerMode): void {
    server.mode = mode;
    forget(server);
    record(server, `becomes ${mode}`);
  }

  /** Begins to count probes again: a new daemon knows nothing, or what an earlier one stored. */
  forget(): void {
    for (const server of this.all.values()) forget(server);
  }

  /** Stops. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    await this.#accepting;
    await Promise.all(this.#connections);
  }

  async #accept(): Promise<void> {
    for await (const connection of this.#listener) {
      const served = this.#serve(connection).finally(() => this.#connections.delete(served));
      this.#connections.add(served);
    }
  }

  async #serve(connection: Deno.TcpConn): Promise<void> {
    using _ = connection;
    const server = this.all.get(connection.localAddr.hostname);
    if (server === undefined) return;
    const { mode } = server;
    try {
      if (mode === "up") await connection.write(new TextEncoder().encode(ANSWER));
      if (mode !== "silent") this.#count(server, mode);
      if (mode !== "closed") { while (await connection.read(new Uint8Array(16)) !== null); }
      // The daemon has closed the connection: a silent server has failed at the deadline of the probe.
      if (mode === "silent") this.#count(server, mode);
    } catch (error) {
      // A killed daemon resets its connections.
      if (!(error instanceof Deno.errors.ConnectionReset || error instanceof Deno.errors.BrokenPipe)) throw error;
    }
  }

  #count(server: FlappingServer, mode: ServerMode): void {
    this.probes++;
    server.probedAt = performance.now();
    record(server, `is probed and is ${mode}`);
    // A probe of before the last change says nothing about its result.
    if ((mode === "up") !== (server.mode === "up")) return;
    server.probes++;
    if (server.probes === (mode === "up" ? this.#verdicts.rise : this.#verdicts.fall)) {
      server.decidedAt = performance.now();
    }
  }
}

function forget(server: FlappingServer): void {
  server.probes = 0;
  server.decidedAt = undefined;
}

function record({ history }: FlappingServer, what: string): void {
  history.push({ at: performance.now(), what });
  if (history.length > HISTORY_EVENTS) history.shift();
}
