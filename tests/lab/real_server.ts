/**
 * The lab's real servers, all in one process: in each namespace it answers every HTTP request with a response whose
 * body is the server's name, on a connection that stays unless the request closes it, and every UDP datagram with the
 * name. It says `ready` when all of them listen.
 *
 * The argument is a JSON list of {@linkcode ServedAddresses}.
 *
 * @module
 */

/** Where a real server listens. */
export interface ServedAddresses {
  /** The network namespace, whose name is the server's. */
  readonly namespace: string;
  /** The port, for TCP on every address and for UDP on the addresses below. */
  readonly port: number;
  /** A UDP server must answer from the address that was asked, so it has a socket for each. */
  readonly udpAddresses: readonly string[];
}

const CLONE_NEWNET = 0x40000000;
const O_RDONLY = 0;

/** A socket belongs to the namespace that its thread is in when it is made, and stays there. */
function enterNamespaces(visit: (enter: (name: string) => void) => void): void {
  const libc = Deno.dlopen("libc.so.6", {
    open: { parameters: ["buffer", "i32"], result: "i32" },
    setns: { parameters: ["i32", "i32"], result: "i32" },
    close: { parameters: ["i32"], result: "i32" },
  });
  visit((name) => {
    const path = `/run/netns/${name}`;
    const descriptor = libc.symbols.open(new TextEncoder().encode(`${path}\0`), O_RDONLY);
    const failed = descriptor < 0 || libc.symbols.setns(descriptor, CLONE_NEWNET) !== 0;
    libc.symbols.close(descriptor);
    if (failed) throw new Error(`cannot enter ${path}`);
  });
  libc.close();
}

async function serveTcp(listener: Deno.Listener, name: string): Promise<void> {
  for await (const connection of listener) answer(connection, `${name}\n`);
}

async function answer(connection: Deno.Conn, body: string): Promise<void> {
  using _ = connection;
  const request = new Uint8Array(4096);
  try {
    // A request of the lab's clients is one segment; closing with unread bytes would reset the connection.
    for (let length; (length = await connection.read(request)) !== null;) {
      const closes = /^Connection: close\r$/m.test(new TextDecoder().decode(request.subarray(0, length)));
      const headers = `Content-Type: text/plain\r\nContent-Length: ${body.length}\r\n${
        closes ? "Connection: close\r\n" : ""
      }`;
      await connection.write(new TextEncoder().encode(`HTTP/1.1 200 OK\r\n${headers}\r\n${body}`));
      if (closes) return;
    }
  } catch {
    // The client went away.
  }
}

async function serveUdp(socket: Deno.DatagramConn, name: string): Promise<void> {
  const response = new TextEncoder().encode(`${name}\n`);
  for await (const [_request, client] of socket) await socket.send(response, client).catch(() => {});
}

if (import.meta.main) {
  const servers: readonly ServedAddresses[] = JSON.parse(Deno.args[0] ?? "[]");
  enterNamespaces((enter) => {
    for (const { namespace, port, udpAddresses } of servers) {
      enter(namespace);
      serveTcp(Deno.listen({ hostname: "::", port }), namespace);
      for (const hostname of udpAddresses) {
        serveUdp(Deno.listenDatagram({ transport: "udp", hostname, port }), namespace);
      }
    }
  });
  Deno.stdout.writeSync(new TextEncoder().encode("ready\n"));
}
