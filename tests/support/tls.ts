import type { LoopbackServer } from "./loopback.ts";
import { parseIpAddress } from "../../core/model/mod.ts";

const FOLDER = new URL("../fixtures/tls/", import.meta.url);

/** The path of a file of tests/fixtures/tls. */
export function tlsFile(name: string): string {
  return decodeURIComponent(new URL(name, FOLDER).pathname);
}

/** Certificates of test servers. */
export type ServerCertificate = "server" | "wrong-name" | "expired";

/** Starts a TLS server on loopback; as `serveTcp` does without TLS. */
export function serveTls(
  serve: (connection: Deno.TlsConn) => Promise<void> | void,
  options: { readonly certificate?: ServerCertificate; readonly protocols?: string[] } = {},
): LoopbackServer {
  const { certificate = "server", protocols } = options;
  const hostname = "127.0.0.1";
  const listener = Deno.listenTls({
    hostname,
    port: 0,
    cert: Deno.readTextFileSync(tlsFile(`${certificate}.pem`)),
    key: Deno.readTextFileSync(tlsFile(`${certificate}.key`)),
    ...(protocols && { alpnProtocols: protocols }),
  });
  const open = new Set<Deno.TlsConn>();
  const tasks: Promise<void>[] = [];
  let accepted = 0;
  const loop = (async () => {
    for (;;) {
      const connection = await listener.accept().catch((error) => error);
      if (connection instanceof Deno.errors.BadResource || connection instanceof Deno.errors.Interrupted) return;
      if (connection instanceof Error) continue;
      accepted++;
      open.add(connection);
      tasks.push((async () => {
        try {
          await connection.handshake();
          await serve(connection);
        } catch {
          // The client has closed the connection, or refused the certificate.
        }
        open.delete(connection);
        closeQuietly(connection);
      })());
    }
  })();
  return {
    target: { address: parseIpAddress(hostname), port: (listener.addr as Deno.NetAddr).port },
    get accepted(): number {
      return accepted;
    },
    async [Symbol.asyncDispose](): Promise<void> {
      listener.close();
      for (const connection of open) closeQuietly(connection);
      await loop;
      await Promise.all(tasks);
    },
  };
}

function closeQuietly(connection: Deno.TlsConn): void {
  try {
    connection.close();
  } catch {
    // It is closed already.
  }
}
