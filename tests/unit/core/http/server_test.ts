import assert from "node:assert/strict";
import { type HttpRequest, type HttpResponse, HttpServer } from "../../../../core/http/mod.ts";
import { HTTP_LIMITS } from "../../../../core/http/server.ts";
import { LvsctlError } from "../../../../core/errors/mod.ts";
import { parseIpAddress } from "../../../../core/model/mod.ts";
import { FakeClock } from "../../../support/fake_clock.ts";

const GET = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";

async function* pieces(): AsyncGenerator<string, void, undefined> {
  await Promise.resolve();
  yield "one ";
  yield "";
  yield "zwei \u00fc";
}

/** A piece of a megabyte. */
const MEGABYTE = "x".repeat(1 << 20);

async function* manyPieces(): AsyncGenerator<string, void, undefined> {
  await Promise.resolve();
  for (let piece = 0; piece < 17; piece++) yield MEGABYTE;
}

async function* brokenPieces(): AsyncGenerator<string, void, undefined> {
  yield* pieces();
  throw new TypeError("a bug");
}

/** A server on a free port with a fake clock. */
class Bench implements AsyncDisposable {
  readonly clock = new FakeClock();
  readonly bugs: unknown[] = [];
  readonly requests: HttpRequest[] = [];
  readonly #ends: (() => void)[] = [];
  readonly #released = Promise.withResolvers<void>();
  #more = Promise.withResolvers<void>();
  readonly server: HttpServer;

  private constructor(open: (bench: Bench) => HttpServer) {
    this.server = open(this);
  }

  static async open(): Promise<Bench> {
    const holder: { bench?: Bench } = {};
    const server = await HttpServer.listen(
      { transport: "tcp", hostname: parseIpAddress("127.0.0.1"), port: 0 },
      {
        answer: (request) => holder.bench?.answer(request) ?? Promise.reject(new Error("no bench")),
        onBug: (error) => holder.bench?.bugs.push(error),
        clock: {
          now: () => holder.bench?.clock.now() ?? 0,
          setTimer: (callback, ms) => holder.bench?.clock.setTimer(callback, ms) ?? { [Symbol.dispose]: () => {} },
        },
      },
    );
    return holder.bench = new Bench(() => server);
  }

  answer(request: HttpRequest): HttpResponse | Promise<HttpResponse> {
    this.requests.push(request);
    const text = (body: HttpResponse["body"]): HttpResponse => ({ status: 200, type: "text/plain", body });
    switch (request.path) {
      case "/pieces":
        return text(pieces());
      case "/large":
        return text("x".repeat(50_000_000));
      case "/many":
        return text(manyPieces());
      case "/held":
        return text(this.#heldPieces());
      case "/sips":
        return text(this.#sips());
      case "/bug":
        throw new TypeError("a bug");
      case "/broken":
        return text(brokenPieces());
      case "/refused":
        throw new LvsctlError("the table cannot be read");
      case "/hang":
        return new Promise((resolve) => this.#ends.push(() => resolve(text("late"))));
      default:
        return text("fine");
    }
  }

  /** Twelve megabytes, whose end waits for {@linkcode Bench.release}. */
  async *#heldPieces(): AsyncGenerator<string, void, undefined> {
    for (let piece = 0; piece < 12; piece++) yield MEGABYTE;
    await this.#released.promise;
  }

  /** Short pieces without an end, each after {@linkcode Bench.more}. */
  async *#sips(): AsyncGenerator<Uint8Array, void, undefined> {
    for (;;) {
      yield new TextEncoder().encode("sip");
      await this.#more.promise;
      this.#more = Promise.withResolvers();
    }
  }

  /** Lets the next short piece follow. */
  more(): void {
    this.#more.resolve();
  }

  /** Lets all held answers end. */
  release(): void {
    this.#released.resolve();
  }

  connect(): Promise<Deno.TcpConn> {
    return Deno.connect({ hostname: "127.0.0.1", port: this.server.port ?? 0 });
  }

  /** Sends a text, and reads until the server ends the connection. */
  async raw(text: string): Promise<string> {
    using connection = await this.connect();
    await connection.write(new TextEncoder().encode(text));
    return await rest(connection);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const end of this.#ends) end();
    await this.server[Symbol.asyncDispose]();
    assert.equal(this.clock.pending, 0);
  }
}

/** Reads until the other side ends the connection, or resets it. */
async function rest(connection: Deno.Conn): Promise<string> {
  let text = "";
  const decoder = new TextDecoder();
  const bytes = new Uint8Array(65_536);
  try {
    for (;;) {
      const count = await connection.read(bytes);
      if (count === null) return text;
      text += decoder.decode(bytes.subarray(0, count), { stream: true });
    }
  } catch (error) {
    if (error instanceof Deno.errors.ConnectionReset) return text;
    throw error;
  }
}

/** Waits until the server has noticed something, by the event loop's own turns. */
async function until(condition: () => boolean): Promise<void> {
  for (let turn = 0; turn < 5000 && !condition(); turn++) await new Promise((resolve) => setTimeout(resolve, 1));
  assert.ok(condition());
}

Deno.test("HttpServer answers with fields that protect the page, and ends the connection", async () => {
  await using bench = await Bench.open();
  const [head = "", body] = (await bench.raw(GET)).split("\r\n\r\n");
  assert.equal(body, "fine");
  const lines = head.split("\r\n");
  assert.equal(lines[0], "HTTP/1.1 200 OK");
  for (
    const line of [
      "Content-Security-Policy: default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; " +
      "img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
      "X-Content-Type-Options: nosniff",
      "Referrer-Policy: no-referrer",
      "Cache-Control: no-store",
      "Cross-Origin-Opener-Policy: same-origin",
      "Cross-Origin-Resource-Policy: same-origin",
      "Content-Length: 4",
      "Connection: close",
    ]
  ) assert.ok(lines.includes(line), line);
  assert.doesNotMatch(head, /access-control/i);
});

Deno.test("HttpServer sends pieces as chunks, to HTTP/1.0 as a whole with their length, and no body for HEAD", async () => {
  await using bench = await Bench.open();
  const chunked = await bench.raw("GET /pieces HTTP/1.1\r\nHost: a\r\n\r\n");
  assert.match(chunked, /\r\nTransfer-Encoding: chunked\r\n[^]*\r\n\r\n4\r\none \r\n7\r\nzwei \u00fc\r\n0\r\n\r\n$/);
  const old = await bench.raw("GET /pieces HTTP/1.0\r\nHost: a\r\n\r\n");
  assert.doesNotMatch(old, /Transfer-Encoding/);
  assert.match(old, /\r\nContent-Length: 11\r\n[^]*\r\n\r\none zwei \u00fc$/);
  assert.doesNotMatch(await bench.raw("HEAD /pieces HTTP/1.0\r\nHost: a\r\n\r\n"), /Transfer-Encoding|Content-Length/);
  assert.match(await bench.raw("HEAD /pieces HTTP/1.1\r\nHost: a\r\n\r\n"), /\r\n\r\n$/);
  assert.match(await bench.raw("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n"), /\r\nContent-Length: 4\r\n[^]*\r\n\r\n$/);
});

Deno.test("HttpServer refuses an answer in pieces that is too large for HTTP/1.0, and sends it to HTTP/1.1", async () => {
  await using bench = await Bench.open();
  const old = await bench.raw("GET /many HTTP/1.0\r\nHost: a\r\n\r\n");
  assert.match(old, /^HTTP\/1\.1 505 [^]*\r\n\r\nThe answer is too large for HTTP\/1\.0; use HTTP\/1\.1 \(nginx: /);
  assert.match(await bench.raw("GET /many HTTP/1.1\r\nHost: a\r\n\r\n"), /\r\n0\r\n\r\n$/);
  // Nothing of the refused answer counts any more.
  for (let reading = 0; reading < 3; reading++) {
    assert.match(await bench.raw("GET /pieces HTTP/1.0\r\nHost: a\r\n\r\n"), /^HTTP\/1\.1 200 /);
  }
});

Deno.test("HttpServer sends a broken answer in pieces to HTTP/1.0 not at all", async () => {
  await using bench = await Bench.open();
  assert.equal(await bench.raw("GET /broken HTTP/1.0\r\nHost: a\r\n\r\n"), "");
  assert.equal(bench.bugs.length, 1);
});

Deno.test("HttpServer keeps a limited size of answers for HTTP/1.0 at the same time", async () => {
  await using bench = await Bench.open();
  const readings = [1, 2, 3].map(() => bench.raw("GET /held HTTP/1.0\r\nHost: a\r\n\r\n"));
  await until(() => bench.requests.length === 3);
  const refused = await Promise.race(readings);
  assert.match(refused, /^HTTP\/1\.1 503 [^]*\r\nRetry-After: 5\r\n/);
  bench.release();
  const answers = await Promise.all(readings);
  assert.deepEqual(answers.map((answer) => answer.slice(9, 12)).toSorted(), ["200", "200", "503"]);
});

Deno.test("HttpServer refuses a POST with its answer, although the client sends a body", async () => {
  await using bench = await Bench.open();
  const answer = await bench.raw(`POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 50000\r\n\r\n${"x".repeat(50_000)}`);
  assert.match(answer, /^HTTP\/1\.1 405 Method Not Allowed\r\n[^]*\r\nAllow: GET, HEAD\r\n/);
  assert.equal(bench.requests.length, 0);
});

Deno.test("HttpServer refuses a large head", async () => {
  await using bench = await Bench.open();
  const field = (size: number): string => `X: ${"x".repeat(size)}\r\n`;
  assert.match(await bench.raw(`GET / HTTP/1.1\r\n${field(20_000)}\r\n`), /^HTTP\/1\.1 431 /);
  assert.match(await bench.raw(`GET / HTTP/1.1\r\n${field(100).repeat(100)}\r\n`), /^HTTP\/1\.1 431 /);
  assert.match(await bench.raw(`GET / HTTP/1.1\r\nHost: a\r\n${field(8000)}\r\n`), /^HTTP\/1\.1 200 /);
});

Deno.test("HttpServer reports a bug, and a failure that has a message", async () => {
  await using bench = await Bench.open();
  assert.match(await bench.raw("GET /bug HTTP/1.1\r\nHost: a\r\n\r\n"), /^HTTP\/1\.1 500 [^]*An internal error/);
  // The end of the chunks is missing, so the client knows that something is.
  assert.match(await bench.raw("GET /broken HTTP/1.1\r\nHost: a\r\n\r\n"), /^HTTP\/1\.1 200 [^]*zwei \u00fc\r\n$/);
  assert.equal(bench.bugs.splice(0, 1).length, 1);
  assert.equal(String(bench.bugs), "TypeError: a bug");
  const refused = await bench.raw("GET /refused HTTP/1.1\r\nHost: a\r\n\r\n");
  assert.match(refused, /^HTTP\/1\.1 503 [^]*\r\n\r\nthe table cannot be read\n$/);
  assert.equal(bench.bugs.length, 1);
});

Deno.test("HttpServer drops a client that does not send its head, or that does not close after the answer", async () => {
  await using bench = await Bench.open();
  using slow = await bench.connect();
  await slow.write(new TextEncoder().encode("GET / HT"));
  using staying = await bench.connect();
  await until(() => bench.clock.pending === 2);
  await bench.clock.advance(HTTP_LIMITS.headMs - 1);
  assert.equal(bench.clock.pending, 2);
  await bench.clock.advance(1);
  assert.equal(await rest(slow), "");
  assert.equal(await rest(staying), "");
  using lasting = await bench.connect();
  await lasting.write(new TextEncoder().encode(GET));
  assert.match(await rest(lasting), /fine$/);
  await bench.clock.advance(HTTP_LIMITS.closeMs);
  assert.equal(bench.clock.pending, 0);
});

Deno.test("HttpServer drops a client that does not take its answer", async () => {
  await using bench = await Bench.open();
  using client = await bench.connect();
  await client.write(new TextEncoder().encode("GET /large HTTP/1.1\r\nHost: a\r\n\r\n"));
  await until(() => bench.requests.length === 1);
  await bench.clock.advance(HTTP_LIMITS.pieceMs);
  assert.equal(bench.clock.pending, 0);
  assert.ok((await rest(client)).length < 50_000_000);
});

Deno.test("HttpServer gives a client that takes piece after piece a minute for its whole answer", async () => {
  await using bench = await Bench.open();
  using client = await bench.connect();
  await client.write(new TextEncoder().encode("GET /sips HTTP/1.1\r\nHost: a\r\n\r\n"));
  const bytes = new Uint8Array(1000);
  let text = "";
  for (let count = await client.read(bytes); count !== null; count = await client.read(bytes)) {
    text += new TextDecoder().decode(bytes.subarray(0, count));
    if (!text.endsWith("sip\r\n")) continue;
    await bench.clock.advance(HTTP_LIMITS.pieceMs - 1);
    bench.more();
  }
  assert.equal(
    bench.clock.now(),
    Math.ceil(HTTP_LIMITS.answerMs / (HTTP_LIMITS.pieceMs - 1)) * (HTTP_LIMITS.pieceMs - 1),
  );
});

Deno.test("HttpServer answers a client while 500 idle connections are open", async () => {
  await using bench = await Bench.open();
  const idle: Deno.Conn[] = [];
  try {
    for (let index = 0; index < 500; index++) idle.push(await bench.connect());
    assert.match(await bench.raw(GET), /^HTTP\/1\.1 200 OK\r\n/);
    assert.ok(bench.clock.pending <= HTTP_LIMITS.connections);
  } finally {
    for (const connection of idle) connection.close();
  }
});

Deno.test("HttpServer refuses a client while all connections wait for answers", async () => {
  await using bench = await Bench.open();
  const busy: Deno.Conn[] = [];
  try {
    for (let index = 0; index < HTTP_LIMITS.connections; index++) {
      const connection = await bench.connect();
      busy.push(connection);
      await connection.write(new TextEncoder().encode("GET /hang HTTP/1.1\r\nHost: a\r\n\r\n"));
    }
    await until(() => bench.requests.length === HTTP_LIMITS.connections);
    assert.match(await bench.raw(""), /^HTTP\/1\.1 503 Service Unavailable\r\n/);
  } finally {
    for (const connection of busy) connection.close();
  }
});

Deno.test("HttpServer listens at a path for its user or a group, and replaces only a socket that is not in use", async () => {
  const directory = Deno.makeTempDirSync();
  try {
    const address = { transport: "unix", path: `${directory}/made/http.sock` } as const;
    const answer = (): HttpResponse => ({ status: 200, type: "text/plain", body: "fine" });
    const options = { answer, onBug: () => {} };
    {
      await using server = await HttpServer.listen(address, options);
      assert.equal(server.port, undefined);
      assert.equal((Deno.statSync(address.path).mode ?? 0) & 0o777, 0o600);
      await assert.rejects(
        HttpServer.listen(address, options),
        /Cannot listen at unix:.*: another process listens there/,
      );
      using connection = await Deno.connect(address);
      await connection.write(new TextEncoder().encode(GET));
      assert.match(await rest(connection), /fine$/);
    }
    assert.throws(() => Deno.lstatSync(address.path), Deno.errors.NotFound);
    const left = Deno.listen(address);
    left.close();
    await using _again = await HttpServer.listen(address, { ...options, group: Deno.gid() ?? 0 });
    assert.equal((Deno.statSync(address.path).mode ?? 0) & 0o777, 0o660);
  } finally {
    Deno.removeSync(directory, { recursive: true });
  }
});

Deno.test("HttpServer.listen() reports a port that is in use", async () => {
  await using bench = await Bench.open();
  const address = { transport: "tcp", hostname: parseIpAddress("127.0.0.1"), port: bench.server.port ?? 0 } as const;
  await assert.rejects(
    HttpServer.listen(address, { answer: () => Promise.reject(new Error("never")), onBug: () => {} }),
    /^LvsctlError: Cannot listen at http:\/\/127\.0\.0\.1:\d+: .*\(EADDRINUSE\)$/,
  );
});
