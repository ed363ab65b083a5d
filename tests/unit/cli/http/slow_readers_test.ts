import assert from "node:assert/strict";
import { HTTP_LIMITS } from "../../../../core/http/server.ts";
import type { Clock } from "../../../../core/time/mod.ts";
import { FakeClock } from "../../../support/fake_clock.ts";
import { realServer } from "../../../support/samples.ts";
import { SiteBench, unchecked } from "./site_bench.ts";

/** The number of servers: their metrics are larger than the buffers of a socket in the file system. */
const SERVERS = 1500;

/** The pages at a socket in the file system, with a clock that stands still except for the pauses of slices. */
class SlowReaders implements AsyncDisposable {
  readonly #directory: string;
  readonly #path: string;
  readonly clock: FakeClock;
  readonly site: SiteBench;

  private constructor(options: { readonly directory: string; readonly clock: FakeClock; readonly site: SiteBench }) {
    this.#directory = options.directory;
    this.#path = `${options.directory}/http.sock`;
    this.clock = options.clock;
    this.site = options.site;
  }

  static async open(): Promise<SlowReaders> {
    const directory = await Deno.makeTempDir();
    const fake = new FakeClock();
    const clock: Clock = {
      now: () => fake.now(),
      setTimer: (callback, ms) => {
        if (ms > 0) return fake.setTimer(callback, ms);
        const timer = setTimeout(callback, 0);
        return { [Symbol.dispose]: () => clearTimeout(timer) };
      },
    };
    const site = await SiteBench.open({ address: { transport: "unix", path: `${directory}/http.sock` }, clock });
    const servers = Array.from({ length: SERVERS }, (_, index) => realServer(`10.9.${index >> 8}.${index & 255}:80`));
    await site.bench.load({ services: [unchecked({ servers })] });
    return new SlowReaders({ directory, clock: fake, site });
  }

  /** Asks for a path, and reads nothing yet. */
  async ask(path: string): Promise<Deno.UnixConn> {
    const connection = await Deno.connect({ transport: "unix", path: this.#path });
    await connection.write(new TextEncoder().encode(`GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`));
    return connection;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.site[Symbol.asyncDispose]();
    await Deno.remove(this.#directory, { recursive: true });
  }
}

/** Reads at most so many bytes; "" at the end of the connection. */
async function readText(connection: Deno.Conn, most: number): Promise<string> {
  const bytes = new Uint8Array(most);
  const count = await connection.read(bytes);
  return count === null ? "" : new TextDecoder().decode(bytes.subarray(0, count));
}

/** Reads until the server ends the connection. */
async function rest(connection: Deno.Conn): Promise<string> {
  let text = "";
  for (let next = await readText(connection, 65_536); next !== ""; next = await readText(connection, 65_536)) {
    text += next;
  }
  return text;
}

/** The end of an answer in pieces. */
const END = "\r\n0\r\n\r\n";

const METRICS = "/metrics?level=server";

Deno.test("a reader that stops in the middle of /metrics loses its connection, and another gets the whole answer", async () => {
  await using readers = await SlowReaders.open();
  using slow = await readers.ask(METRICS);
  assert.match(await readText(slow, 1000), /^HTTP\/1\.1 200 OK\r\n/);
  using other = await readers.ask(METRICS);
  const whole = await rest(other);
  assert.ok(whole.endsWith(END));
  assert.equal(whole.match(/^lvsctl_server_weight\{/gm)?.length, SERVERS);
  await readers.clock.advance(HTTP_LIMITS.pieceMs);
  const cut = await rest(slow);
  assert.ok(cut.length < whole.length / 2, String(cut.length));
  assert.ok(!cut.endsWith(END));
  assert.deepEqual(readers.site.bugs, []);
});

Deno.test("a slow reader of /metrics that had ten seconds ends with its next piece once others find no room", async () => {
  await using readers = await SlowReaders.open();
  const slow: Deno.UnixConn[] = [];
  try {
    // Three readings, each held by a reader that has taken its beginning.
    for (let reading = 0; reading < 3; reading++) {
      const connection = await readers.ask(METRICS);
      slow.push(connection);
      assert.match(await readText(connection, 1000), /^HTTP\/1\.1 200 OK\r\n/);
      await readers.clock.advance(3400);
      // Each takes something within the time for a piece.
      for (const each of slow) await readText(each, 300_000);
    }
    using refused = await readers.ask(METRICS);
    assert.match(await rest(refused), /^HTTP\/1\.1 503 /);
    const [first] = slow;
    assert.ok(first !== undefined);
    assert.ok(!(await rest(first)).endsWith(END));
  } finally {
    for (const connection of slow) connection.close();
  }
});
