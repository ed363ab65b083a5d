/**
 * The lab's visitors: from whatever address it is told to, it makes requests of which it can keep the connection, and
 * makes more requests on one that it kept. It reads an {@linkcode Errand} a line, and for each prints a line with its
 * {@linkcode Encounter}s; both are JSON.
 *
 * @module
 */
import { createSocket } from "node:dgram";
import { connect, type Socket } from "node:net";

/** A request to make. */
export interface Visit {
  /** An IP address of the client's; by default the kernel chooses. */
  readonly from?: string;
  /** A port of the client's; by default the kernel chooses. */
  readonly fromPort?: number;
  /** An IP address. */
  readonly address: string;
  /** The port. */
  readonly port: number;
  /**
   * HTTP over TCP, or a datagram.
   *
   * @default {"tcp"}
   */
  readonly protocol?: "tcp" | "udp";
  /**
   * What the datagram says.
   *
   * @default {"?\n"}
   */
  readonly datagram?: string;
  /**
   * Whether the connection is kept, or the datagram's socket.
   *
   * @default {false}
   */
  readonly keep?: boolean;
  /**
   * When it counts as failed.
   *
   * @default {10000}
   */
  readonly timeoutMs?: number;
}

/** Something to do for each of a list, one after the other. */
export type Errand =
  /** Requests on connections of their own. */
  | { readonly visit: readonly Visit[] }
  /** Requests on connections that were kept. */
  | { readonly again: readonly number[] }
  /** Connections that were kept are closed. */
  | { readonly leave: readonly number[] }
  /** TCP connections that were kept are reset, which a director forgets after 10 seconds; one closed, after 2 minutes. */
  | { readonly reset: readonly number[] };

/** What came of a request. */
export interface Encounter {
  /** The name of the server that answered. */
  readonly server?: string;
  /** Why nobody did: `ECONNREFUSED`, `timeout`... */
  readonly failure?: string;
  /** The number of the connection, if it was kept. */
  readonly kept?: number;
}

const REQUEST = "GET / HTTP/1.1\r\nHost: lab\r\n\r\n";
const DEFAULT_TIMEOUT_MS = 10_000;

/** A way to ask the server at the other end. */
interface Line {
  /** Asks, and gives the name of who answers. */
  ask(): Promise<string>;
  close(): Promise<void>;
  reset(): Promise<void>;
}

async function open(visit: Visit): Promise<Line> {
  return visit.protocol === "udp" ? await openUdp(visit) : await openTcp(visit);
}

function openTcp({ from, fromPort, address, port, timeoutMs = DEFAULT_TIMEOUT_MS }: Visit): Promise<Line> {
  return new Promise((resolve, reject) => {
    const socket = connect({
      host: address,
      port,
      ...(from === undefined ? {} : { localAddress: from }),
      ...(fromPort === undefined ? {} : { localPort: fromPort }),
    });
    let text = "";
    const unreachable = (error: Error): void => {
      socket.destroy();
      reject(error);
    };
    let settle = { answered: (_name: string): void => {}, failed: unreachable };
    socket.setTimeout(timeoutMs, () => settle.failed(new Error("timeout")));
    socket.on("error", (error) => settle.failed(error));
    socket.on("end", () => settle.failed(new Error("closed")));
    socket.on("data", (bytes: Uint8Array) => {
      text += new TextDecoder().decode(bytes);
      const [, name] = /^HTTP\/1\.1 200 [^]*?\r\n\r\n(.*)\n$/.exec(text) ?? [];
      if (name === undefined) return;
      text = "";
      settle.answered(name);
    });
    const ask = (): Promise<string> =>
      new Promise<string>((answered, failed) => {
        settle = { answered, failed };
        if (socket.destroyed) failed(new Error("closed"));
        else socket.write(REQUEST);
      });
    socket.on(
      "connect",
      () =>
        resolve({
          ask,
          close: () => endTcp(socket, () => socket.end()),
          reset: () => endTcp(socket, () => socket.resetAndDestroy()),
        }),
    );
  });
}

function endTcp(socket: Socket, end: () => void): Promise<void> {
  return new Promise((resolve) => {
    if (socket.destroyed) return resolve();
    socket.removeAllListeners("error").on("error", () => {}).on("close", () => resolve());
    end();
  });
}

function openUdp(visit: Visit): Promise<Line> {
  const { from, fromPort, address, port, datagram = "?\n", timeoutMs = DEFAULT_TIMEOUT_MS } = visit;
  const socket = createSocket(address.includes(":") ? "udp6" : "udp4");
  const ask = (): Promise<string> =>
    new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error("timeout")), timeoutMs);
      socket.removeAllListeners("message").once("message", (bytes) => {
        clearTimeout(timer);
        resolve(new TextDecoder().decode(bytes).trim());
      });
      socket.send(datagram, port, address);
    });
  const close = (): Promise<void> => new Promise((closed) => socket.close(() => closed()));
  return new Promise((resolve, reject) => {
    socket.once("error", reject);
    socket.bind(fromPort ?? 0, from, () => resolve({ ask, close, reset: close }));
  });
}

/** The program's state: what was kept, by number. */
class Visitors {
  readonly #kept = new Map<number, Line>();
  #next = 1;

  async do(errand: Errand): Promise<readonly Encounter[]> {
    const encounters: Encounter[] = [];
    if ("visit" in errand) { for (const visit of errand.visit) encounters.push(await this.#visit(visit)); }
    else if ("again" in errand) { for (const number of errand.again) encounters.push(await this.#again(number)); }
    else if ("leave" in errand) {
      for (const number of errand.leave) encounters.push(await this.#end(number, (line) => line.close()));
    } else for (const number of errand.reset) encounters.push(await this.#end(number, (line) => line.reset()));
    return encounters;
  }

  async #visit(visit: Visit): Promise<Encounter> {
    let line: Line | undefined;
    try {
      line = await open(visit);
      const server = await line.ask();
      if (visit.keep !== true) {
        await line.close();
        return { server };
      }
      const kept = this.#next++;
      this.#kept.set(kept, line);
      return { server, kept };
    } catch (error) {
      await line?.close();
      return { failure: reason(error) };
    }
  }

  async #again(number: number): Promise<Encounter> {
    try {
      const line = this.#kept.get(number);
      return line === undefined ? { failure: "not kept" } : { server: await line.ask(), kept: number };
    } catch (error) {
      return { failure: reason(error) };
    }
  }

  async #end(number: number, end: (line: Line) => Promise<void>): Promise<Encounter> {
    const line = this.#kept.get(number);
    if (line !== undefined) await end(line);
    this.#kept.delete(number);
    return {};
  }
}

function reason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return "code" in error ? String(error.code) : error.message;
}

if (import.meta.main) {
  const visitors = new Visitors();
  let rest = "";
  for await (const text of Deno.stdin.readable.pipeThrough(new TextDecoderStream())) {
    rest += text;
    for (let end; (end = rest.indexOf("\n")) >= 0;) {
      const errand: Errand = JSON.parse(rest.slice(0, end));
      rest = rest.slice(end + 1);
      const encounters = await visitors.do(errand);
      Deno.stdout.writeSync(new TextEncoder().encode(`${JSON.stringify(encounters)}\n`));
    }
  }
}
