import assert from "node:assert/strict";
import { probe } from "../../../../../core/health/mod.ts";
import {
  type Check,
  DEFAULT_HTTP,
  DEFAULT_TIMING,
  formatServerId,
  type HttpCheck,
  type ProbeResult,
} from "../../../../../core/model/mod.ts";
import { FakeClock } from "../../../../support/fake_clock.ts";
import {
  blackHole,
  closedPort,
  eventLoopTurns,
  readRequest,
  type Serve,
  serveTcp,
  untilClosed,
  writeText,
} from "../../../../support/loopback.ts";

function httpCheck(change: Partial<HttpCheck> = {}): Check {
  return {
    ...DEFAULT_HTTP,
    path: "/healthz",
    ...DEFAULT_TIMING,
    ...change,
  };
}

function expectBody(body: string): Check {
  return httpCheck({ expect: { status: [[200, 299]], body } });
}

/** Answers every request with these bytes and closes. */
function answer(text: string): Serve {
  return async (connection) => {
    await readRequest(connection);
    await writeText(connection, text);
    connection.closeWrite();
    await untilClosed(connection);
  };
}

function say(result: ProbeResult): string {
  return result.ok ? `ok: ${result.detail}` : `failed: ${result.reason}`;
}

async function probeAnswer(text: string, check: Check): Promise<string> {
  await using server = serveTcp(answer(text));
  return say(await probe(server.target, check));
}

const REQUESTS: readonly (readonly [string, Partial<HttpCheck>, string])[] = [
  ["GET with the server's address as host", {}, "GET /healthz HTTP/1.1\r\nHost: ADDRESS\r\n"],
  ["HEAD", { method: "HEAD" }, "HEAD /healthz HTTP/1.1\r\nHost: ADDRESS\r\n"],
  ["host and query", { host: "www.example.org", path: "/a?b=c" }, "GET /a?b=c HTTP/1.1\r\nHost: www.example.org\r\n"],
];

for (const hostname of ["127.0.0.1", "::1"] as const) {
  for (const [name, change, expected] of REQUESTS) {
    Deno.test(`http: request to ${hostname}: ${name}`, async () => {
      let request = "";
      await using server = serveTcp(async (connection) => {
        request = await readRequest(connection);
        await writeText(connection, "HTTP/1.1 204 No Content\r\n\r\n");
      }, { hostname });
      assert.equal(say(await probe(server.target, httpCheck(change))), "ok: status 204");
      const head = expected.replace("ADDRESS", formatServerId(server.target));
      const rest = "User-Agent: lvsctl\r\nAccept: */*\r\nAccept-Encoding: identity\r\nConnection: close\r\n\r\n";
      assert.equal(request, head + rest);
    });
  }
}

const OK = "HTTP/1.1 200 OK\r\n";

const ANSWERS: readonly (readonly [name: string, answer: string, check: Check, said: string])[] = [
  ["status in the range", `${OK}Content-Length: 2\r\n\r\nok`, httpCheck(), "ok: status 200"],
  ["HTTP/1.0", "HTTP/1.0 200 OK\r\n\r\n", httpCheck(), "ok: status 200"],
  ["no reason phrase", "HTTP/1.1 200\r\n\r\n", httpCheck(), "ok: status 200"],
  ["line feeds alone", "HTTP/1.1 200 OK\nX: y\n\nok", expectBody("ok"), 'ok: status 200, body contains "ok"'],
  [
    "interim answers",
    `HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 X\r\nLink: x\r\n\r\n${OK}\r\n`,
    httpCheck(),
    "ok: status 200",
  ],
  ["status out of the range", "HTTP/1.1 503 Busy\r\n\r\n", httpCheck(), "failed: status 503, expected 200-299"],
  [
    "a redirect is not followed",
    "HTTP/1.1 302 Found\r\nLocation: /\r\n\r\n",
    httpCheck(),
    "failed: status 302, expected 200-299",
  ],
  [
    "several ranges",
    "HTTP/1.1 404 Not Found\r\n\r\n",
    httpCheck({ expect: { status: [[200, 204], [301, 301]] } }),
    "failed: status 404, expected 200-204 or 301",
  ],
  ["an expected redirect", "HTTP/1.1 301 X\r\n\r\n", httpCheck({ expect: { status: [[301, 301]] } }), "ok: status 301"],
  ["body until close", `${OK}\r\nall ok here`, expectBody("ok"), 'ok: status 200, body contains "ok"'],
  ["body without the text", `${OK}\r\nall bad`, expectBody("ok"), 'failed: body does not contain "ok"'],
  ["a text in the head only", `${OK}X: ok\r\n\r\n`, expectBody("ok"), 'failed: body does not contain "ok"'],
  [
    "a text after the body",
    `${OK}Content-Length: 3\r\n\r\nbadok`,
    expectBody("ok"),
    'failed: body does not contain "ok"',
  ],
  ["a text beyond ASCII", `${OK}\r\ngr\u00fcn`, expectBody("r\u00fcn"), 'ok: status 200, body contains "r\u00fcn"'],
  [
    "a body cut short",
    `${OK}Content-Length: 9\r\n\r\nbad`,
    expectBody("ok"),
    "failed: closed the connection within the body",
  ],
  [
    "chunks, the text across two of them",
    `${OK}Transfer-Encoding: chunked\r\n\r\n3;x=y\r\nnot\r\n2\r\n o\r\n1\r\nk\r\n0\r\n\r\n`,
    expectBody("ok"),
    'ok: status 200, body contains "ok"',
  ],
  [
    "chunks win over a length",
    `${OK}Transfer-Encoding: chunked\r\nContent-Length: 1\r\n\r\n2\r\nok\r\n0\r\n\r\n`,
    expectBody("ok"),
    'ok: status 200, body contains "ok"',
  ],
  [
    "a text in the chunk sizes only",
    `${OK}Transfer-Encoding: chunked\r\n\r\n2;ok\r\nxx\r\n0\r\n\r\n`,
    expectBody("ok"),
    'failed: body does not contain "ok"',
  ],
  [
    "broken chunks",
    `${OK}Transfer-Encoding: chunked\r\n\r\nnumber\r\n`,
    expectBody("ok"),
    "failed: answer has a broken chunk",
  ],
  [
    "chunks longer than they say",
    `${OK}Transfer-Encoding: chunked\r\n\r\n1\r\nxxx\r\n`,
    expectBody("ok"),
    "failed: answer has a broken chunk",
  ],
  [
    "chunks without an end",
    `${OK}Transfer-Encoding: chunked\r\n\r\n2\r\nxx\r\n`,
    expectBody("ok"),
    "failed: closed the connection within the body",
  ],
  ["nothing", "", httpCheck(), "failed: closed the connection before answering"],
  ["half a protocol name", "HTT", httpCheck(), "failed: closed the connection while answering"],
  ["half a head", `${OK}X-Half: `, httpCheck(), "failed: closed the connection while answering"],
  [
    "another protocol",
    "SSH-2.0-OpenSSH_9.9\r\n",
    httpCheck(),
    'failed: answer is not HTTP: it starts with "SSH-2.0-OpenSSH_"',
  ],
  ["another protocol without a line", "\u0000\u0001", httpCheck(), 'failed: answer is not HTTP: it starts with ".."'],
  ["TLS", "\u0015\u0003\u0001\u0000\u0002\u0002F", httpCheck(), "failed: answer is not HTTP: the server speaks TLS"],
  [
    "a status that is none",
    "HTTP/1.1 two hundred\r\n\r\n",
    httpCheck(),
    'failed: answer has a broken status line "HTTP/1.1 two hundred"',
  ],
  [
    "an endless line",
    `${OK}X: ${"x".repeat(20_000)}`,
    httpCheck(),
    "failed: answer has a head or a line longer than 16 KiB",
  ],
  [
    "an endless head",
    OK + "X: y\r\n".repeat(3000),
    httpCheck(),
    "failed: answer has a head or a line longer than 16 KiB",
  ],
];

for (const [name, text, check, said] of ANSWERS) {
  Deno.test(`http: answer: ${name}`, async () => {
    assert.equal(await probeAnswer(text, check), said);
  });
}

Deno.test("http: HEAD does not wait for the body that it announces", async () => {
  await using server = serveTcp(async (connection) => {
    await readRequest(connection);
    await writeText(connection, `${OK}Content-Length: 1000\r\n\r\n`);
    await untilClosed(connection);
  });
  const check = httpCheck({ method: "HEAD", expect: { status: [[200, 200]], body: "ok" } });
  assert.equal(say(await probe(server.target, check)), 'failed: body does not contain "ok"');
});

Deno.test("http: a verdict on the status does not wait for the body", async () => {
  await using server = serveTcp(async (connection) => {
    await readRequest(connection);
    await writeText(connection, `${OK}Content-Length: 1000\r\n\r\n`);
    await untilClosed(connection);
  });
  assert.equal(say(await probe(server.target, httpCheck())), "ok: status 200");
});

Deno.test("http: a text that has come does not wait for the rest of the body", async () => {
  await using server = serveTcp(async (connection) => {
    await readRequest(connection);
    await writeText(connection, `${OK}\r\nstill fine, and so on`);
    await untilClosed(connection);
  });
  assert.equal(say(await probe(server.target, expectBody("fine"))), 'ok: status 200, body contains "fine"');
});

Deno.test("http: a body without end is read for 256 KiB and no more", async () => {
  let written = 0;
  const refused = Promise.withResolvers<void>();
  await using server = serveTcp(async (connection) => {
    await readRequest(connection);
    const block = `${"x".repeat(65_535)}\n`;
    try {
      await writeText(connection, `${OK}\r\n`);
      for (;;) {
        await writeText(connection, block);
        written += block.length;
      }
    } catch {
      refused.resolve();
    }
  });
  const result = await probe(server.target, expectBody("ok"));
  assert.equal(say(result), 'failed: the first 256 KiB of the body do not contain "ok"');
  await refused.promise;
  // What the system's buffers on both sides take, in a machine tuned for speed.
  assert.ok(written < 64 * 2 ** 20, `${written} bytes were taken`);
});

Deno.test("http: a text that ends at 256 KiB is found, one that ends after is not", async () => {
  const room = 256 * 1024 - 2;
  assert.equal(
    await probeAnswer(`${OK}\r\n${"x".repeat(room)}ok`, expectBody("ok")),
    'ok: status 200, body contains "ok"',
  );
  assert.equal(
    await probeAnswer(`${OK}\r\n${"x".repeat(room + 1)}ok`, expectBody("ok")),
    'failed: the first 256 KiB of the body do not contain "ok"',
  );
});

Deno.test("http: nothing listens", async () => {
  assert.equal(say(await probe(closedPort(), httpCheck())), "failed: connection refused (ECONNREFUSED)");
});

Deno.test("http: a server that closes without reading the request has not answered", async () => {
  await using server = serveTcp(() => {});
  // Whether the close or the reset arrives first is up to the system.
  const said = say(await probe(server.target, httpCheck()));
  assert.match(said, /^failed: (closed the connection before answering|connection reset \(ECONNRESET\)|.*\(EPIPE\))$/);
});

const HANGS: readonly (readonly [name: string, begin: string, check: Check, said: string])[] = [
  ["says nothing", "", httpCheck(), "failed: no answer within 1s"],
  ["trickles its status line", "HTTP/1.1 2", httpCheck(), "failed: no complete answer within 1s"],
  ["never ends its head", `${OK}X: y\r\n`, httpCheck(), "failed: no complete answer within 1s"],
  ["never ends its body", `${OK}\r\nx`, expectBody("ok"), "failed: no complete answer within 1s"],
];

for (const [name, begin, check, said] of HANGS) {
  Deno.test(`http: the deadline ends a server that ${name}`, async () => {
    const begun = Promise.withResolvers<void>();
    const closed = Promise.withResolvers<void>();
    await using server = serveTcp(async (connection) => {
      await readRequest(connection);
      for (const character of begin) await writeText(connection, character);
      begun.resolve();
      await untilClosed(connection);
      closed.resolve();
    });
    const clock = new FakeClock();
    const pending = probe(server.target, check, { clock });
    await begun.promise;
    await eventLoopTurns();
    await clock.advance(1000);
    const began = performance.now();
    const result = await pending;
    assert.equal(say(result), said);
    assert.equal(result.latencyMs, 1000);
    assert.ok(performance.now() - began < 500, "the prober outlives its deadline");
    assert.equal(clock.pending, 0);
    await closed.promise;
  });
}

Deno.test("http: the deadline ends connecting to a black hole", async () => {
  using hole = await blackHole();
  const clock = new FakeClock();
  const pending = probe(hole.target, httpCheck(), { clock });
  await clock.advance(1000);
  assert.equal(say(await pending), "failed: no connection within 1s");
});

Deno.test("http: aborting a probe closes its connection and rejects", async () => {
  const asked = Promise.withResolvers<void>();
  const closed = Promise.withResolvers<void>();
  await using server = serveTcp(async (connection) => {
    await readRequest(connection);
    asked.resolve();
    await untilClosed(connection);
    closed.resolve();
  });
  const controller = new AbortController();
  const pending = probe(server.target, httpCheck(), { clock: new FakeClock(), signal: controller.signal });
  await asked.promise;
  controller.abort(new Error("Stopped"));
  await assert.rejects(pending, /Stopped/);
  await closed.promise;
});

Deno.test("http: every probe has a connection of its own", async () => {
  await using server = serveTcp(answer(`${OK}Content-Length: 0\r\nConnection: keep-alive\r\n\r\n`));
  for (let round = 0; round < 3; round++) assert.equal((await probe(server.target, httpCheck())).ok, true);
  assert.equal(server.accepted, 3);
});

Deno.test("http: the environment's proxies are not used", async () => {
  const names = ["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"];
  const before = names.map((name) => Deno.env.get(name));
  const { port } = closedPort();
  for (const name of names) Deno.env.set(name, `http://127.0.0.1:${port}`);
  try {
    assert.equal(await probeAnswer(`${OK}\r\n`, httpCheck()), "ok: status 200");
  } finally {
    for (const [index, name] of names.entries()) {
      const value = before[index];
      if (value === undefined) Deno.env.delete(name);
      else Deno.env.set(name, value);
    }
  }
});

for (const change of [{ path: "/a\r\nX: y" }, { path: "/a b" }, { path: "a" }, { host: "a\nb" }, { host: "" }]) {
  Deno.test(`http: ${JSON.stringify(change)} is not sent, and not held against the server`, async () => {
    const result = await probe(closedPort(), httpCheck(change));
    assert.equal(say(result), "failed: the path or the host is not valid in an HTTP request");
    assert.equal(!result.ok && result.inconclusive, true);
  });
}
