/**
 * A network in which there is only dl.deno.land: a proxy that connects whatever is asked for to one server.
 *
 * @module
 */
import { crc32 } from "node:zlib";
import { run } from "./support.ts";

const HOST = "dl.deno.land";
const AUTHORITY = new URL("../fixtures/tls/", import.meta.url).pathname;

/** Serves what `answer` says under the name of Deno's download server. */
export class StubServer implements AsyncDisposable {
  /** What the environment of a program has to say, so that it uses this network and trusts this server. */
  readonly env: Readonly<Record<string, string>>;
  /** The requests that have come: method and path. */
  readonly requests: string[] = [];
  readonly #proxy: Deno.Listener;
  readonly #server: Deno.HttpServer<Deno.NetAddr>;
  readonly #connections = new Set<Deno.Conn>();
  readonly #accepting: Promise<void>;

  private constructor(identity: { cert: string; key: string }, answer: (request: Request) => Response) {
    const handler = (request: Request): Response => {
      this.requests.push(`${request.method} ${new URL(request.url).pathname}`);
      return answer(request);
    };
    this.#server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {}, ...identity }, handler);
    this.#proxy = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    this.#accepting = this.#accept();
    const { port } = this.#proxy.addr as Deno.NetAddr;
    this.env = { HTTPS_PROXY: `http://127.0.0.1:${port}`, DENO_CERT: `${AUTHORITY}ca.pem` };
  }

  /** Starts it; the certificate is made in `directory`. */
  static async open(directory: string, answer: (request: Request) => Response): Promise<StubServer> {
    return new StubServer(await makeIdentity(directory), answer);
  }

  async #accept(): Promise<void> {
    for await (const connection of this.#proxy) {
      this.#connect(connection).catch(() => {}); // the program may go away at any time
    }
  }

  async #connect(client: Deno.Conn): Promise<void> {
    this.#connections.add(client);
    await client.read(new Uint8Array(4096)); // CONNECT
    const server = await Deno.connect({ hostname: "127.0.0.1", port: this.#server.addr.port });
    this.#connections.add(server);
    await client.write(new TextEncoder().encode("HTTP/1.1 200 OK\r\n\r\n"));
    await Promise.all([client.readable.pipeTo(server.writable), server.readable.pipeTo(client.writable)]);
  }

  /** Ends it. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#proxy.close();
    await this.#accepting;
    for (const connection of this.#connections) {
      try {
        connection.close();
      } catch {
        // Its streams have closed it.
      }
    }
    await this.#server.shutdown();
  }
}

/** A certificate of the tests' authority for the download server. */
async function makeIdentity(directory: string): Promise<{ cert: string; key: string }> {
  const at = (name: string): string => `${directory}/${name}`;
  await Deno.writeTextFile(at("extensions"), `subjectAltName = DNS:${HOST}`);
  const openssl = async (...args: string[]): Promise<void> => {
    const { code, stderr } = await run(["openssl", ...args]);
    if (code !== 0) throw new Error(stderr);
  };
  await openssl(
    ...["req", "-new", "-nodes", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-subj", `/CN=${HOST}`],
    ...["-keyout", at("key"), "-out", at("request")],
  );
  await openssl(
    ...["x509", "-req", "-days", "2", "-CAcreateserial", "-CAserial", at("serial"), "-in", at("request")],
    ...["-CA", `${AUTHORITY}ca.pem`, "-CAkey", `${AUTHORITY}ca.key`, "-extfile", at("extensions"), "-out", at("cert")],
  );
  return { cert: await Deno.readTextFile(at("cert")), key: await Deno.readTextFile(at("key")) };
}

/** A zip archive that holds one file, stored as it is. */
export function zipOf(name: string, content: Uint8Array): Uint8Array<ArrayBuffer> {
  const bytes = new TextEncoder().encode(name);
  const common = new Uint8Array(26);
  const view = new DataView(common.buffer);
  view.setUint16(0, 20, true);
  view.setUint32(10, crc32(content), true);
  view.setUint32(14, content.length, true);
  view.setUint32(18, content.length, true);
  view.setUint16(22, bytes.length, true);
  const local = new Uint8Array([0x50, 0x4b, 3, 4, ...common, ...bytes]);
  const central = new Uint8Array([0x50, 0x4b, 1, 2, 20, 0, ...common, ...new Uint8Array(14), ...bytes]);
  const end = new Uint8Array(22);
  end.set([0x50, 0x4b, 5, 6]);
  const endView = new DataView(end.buffer);
  endView.setUint16(8, 1, true);
  endView.setUint16(10, 1, true);
  endView.setUint32(12, central.length, true);
  endView.setUint32(16, local.length + content.length, true);
  const zip = new Uint8Array(local.length + content.length + central.length + end.length);
  zip.set(local);
  zip.set(content, local.length);
  zip.set(central, local.length + content.length);
  zip.set(end, local.length + content.length + central.length);
  return zip;
}
