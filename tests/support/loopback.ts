import { parseIpAddress, type ServerId } from "../../core/model/mod.ts";

/** What a test server does with one connection; the connection is closed when it returns. */
export type Serve = (connection: Deno.TcpConn) => Promise<void> | void;

/** A server on a loopback address and a port that the system chooses. */
export interface LoopbackServer extends AsyncDisposable {
  /** Where it listens. */
  readonly target: ServerId;
  /** Connections that it has accepted. */
  readonly accepted: number;
}

/** Starts a server; disposing of it closes everything and waits until it is closed. */
export function serveTcp(serve: Serve, options: { readonly hostname?: "127.0.0.1" | "::1" } = {}): LoopbackServer {
  const { hostname = "127.0.0.1" } = options;
  const listener = Deno.listen({ hostname, port: 0 });
  const open = new Set<Deno.TcpConn>();
  const tasks: Promise<void>[] = [];
  let accepted = 0;
  const loop = (async () => {
    for await (const connection of listener) {
      accepted++;
      open.add(connection);
      tasks.push((async () => {
        using _connection = connection;
        try {
          await serve(connection);
        } catch {
          // The client has gone: most of these tests want just that.
        }
        open.delete(connection);
      })());
    }
  })();
  return {
    target: { address: parseIpAddress(hostname), port: listener.addr.port },
    get accepted(): number {
      return accepted;
    },
    async [Symbol.asyncDispose](): Promise<void> {
      listener.close();
      for (const connection of open) connection[Symbol.dispose]();
      await loop;
      await Promise.all(tasks);
    },
  };
}

/** An address and port where nothing listens: connections are refused. */
export function closedPort(hostname: "127.0.0.1" | "::1" = "127.0.0.1"): ServerId {
  using listener = Deno.listen({ hostname, port: 0 });
  return { address: parseIpAddress(hostname), port: listener.addr.port };
}

/** An address and port where nobody answers: a listener whose queue is full, to which Linux does not reply at all. */
export async function blackHole(): Promise<{ readonly target: ServerId } & Disposable> {
  const hostname = "127.0.0.1";
  const listener = Deno.listen({ hostname, port: 0, tcpBacklog: 1 });
  const { port } = listener.addr;
  // The queue holds one more than its length. The second connection is there as soon as it is established.
  const queued = [await Deno.connect({ hostname, port }), await Deno.connect({ hostname, port })];
  return {
    target: { address: parseIpAddress(hostname), port },
    [Symbol.dispose]: () => {
      for (const connection of queued) connection.close();
      listener.close();
    },
  };
}

/** Reads until the head of a request is complete, and gives it. */
export async function readRequest(connection: Deno.TcpConn): Promise<string> {
  const buffer = new Uint8Array(4096);
  let text = "";
  while (!text.includes("\r\n\r\n")) {
    const count = await connection.read(buffer);
    if (count === null) break;
    text += new TextDecoder().decode(buffer.subarray(0, count));
  }
  return text;
}

/** Writes a text. */
export async function writeText(connection: Deno.TcpConn, text: string): Promise<void> {
  const bytes = new TextEncoder().encode(text);
  for (let written = 0; written < bytes.length;) written += await connection.write(bytes.subarray(written));
}

/** Waits until the other side closes. */
export async function untilClosed(connection: Deno.TcpConn): Promise<void> {
  const buffer = new Uint8Array(4096);
  while ((await connection.read(buffer)) !== null);
}

/** Some turns of the event loop: enough for bytes that were written on a loopback connection to be read. */
export async function eventLoopTurns(count = 10): Promise<void> {
  for (let turn = 0; turn < count; turn++) await new Promise((resolve) => setTimeout(resolve, 0));
}
