import assert from "node:assert/strict";
import { probe, startMachine } from "../../../../../core/health/mod.ts";
import {
  type Check,
  DEFAULT_HTTP,
  DEFAULT_TIMING,
  type HttpCheck,
  parseIpAddress,
  type ProbeResult,
} from "../../../../../core/model/mod.ts";
import type { Network } from "../../../../../core/net/mod.ts";
import { EVENT } from "../../../../../core/reactor/mod.ts";
import { FakeClock } from "../../../../support/fake_clock.ts";
import { FakeProbeLoop } from "../../../../support/fake_probe_loop.ts";

const TARGET = { address: parseIpAddress("10.0.0.1"), port: 80 };
const LEFT_NOTHING = [0, 0, 0];
const OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
const REQUEST = "GET / HTTP/1.1\r\nHost: 10.0.0.1:80\r\nUser-Agent: lvsctl\r\nAccept: */*\r\n" +
  "Accept-Encoding: identity\r\nConnection: close\r\n\r\n";

function httpCheck(change: Partial<HttpCheck> = {}): Check {
  return { ...DEFAULT_HTTP, ...DEFAULT_TIMING, timeoutMs: 1200, ...change, type: "http" } as Check;
}

function bytesOf(piece: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(piece, (character) => character.charCodeAt(0));
}

function failure(code: string): Error {
  return Object.assign(new Error("broken"), { code });
}

/** Starts a probe on fake sockets. */
function begin(check: Check = httpCheck()): {
  readonly loop: FakeProbeLoop;
  readonly results: ProbeResult[];
  readonly machine: Disposable | undefined;
} {
  const loop = new FakeProbeLoop();
  const results: ProbeResult[] = [];
  const machine = startMachine({ target: TARGET, check }, { loop, done: (result) => void results.push(result) });
  return { loop, results, machine };
}

Deno.test("startMachine() leaves HTTP to the prober where more than the head of one answer decides", () => {
  const { expect } = DEFAULT_HTTP;
  const others: Check[] = [
    httpCheck({ redirects: 1 }),
    httpCheck({ path: "no slash" }),
    ...([{ body: "x" }, { regex: "x" }, { notRegex: "x" }, { digest: { algorithm: "md5", value: "0" } }, {
      json: [{ path: "$.a", equals: 1 }],
    }] as const).map((more) => httpCheck({ expect: { ...expect, ...more } })),
    { ...DEFAULT_HTTP, ...DEFAULT_TIMING, type: "https", tls: { verify: true } } as unknown as Check,
  ];
  for (const check of others) assert.equal(begin(check).machine, undefined, JSON.stringify(check));
});

Deno.test("http machine: sends the request once it is connected, and passes by the status", async () => {
  const { loop, results } = begin();
  assert.deepEqual([loop.opened, loop.sent], [["tcp 10.0.0.1:80"], []]);
  loop.happen(EVENT.writable);
  assert.deepEqual(loop.sent, [REQUEST]);
  await loop.clock.advance(7);
  loop.received = [bytesOf(OK)];
  loop.happen(EVENT.readable | EVENT.writable);
  assert.deepEqual([results, loop.left], [[{ ok: true, latencyMs: 7, detail: "status 200" }], LEFT_NOTHING]);
});

Deno.test("http machine: a request that does not fit goes on when there is room", () => {
  const { loop, results } = begin();
  loop.room = [10, 0];
  loop.happen(EVENT.writable);
  loop.happen(EVENT.writable);
  // An early answer is reported once, before all is sent.
  loop.received = [bytesOf(OK)];
  loop.room = [5];
  loop.happen(EVENT.readable);
  assert.deepEqual(results, []);
  loop.happen(EVENT.writable);
  assert.deepEqual([loop.sent.join(""), results.map(({ ok }) => ok)], [REQUEST, [true]]);
});

Deno.test("http machine: says what is missing at the deadline", async () => {
  const steps: readonly (readonly [missing: string, step: (loop: FakeProbeLoop) => void])[] = [
    ["connection", () => {}],
    ["answer", (loop) => loop.happen(EVENT.writable)],
    ["complete answer", (loop) => {
      loop.received = [bytesOf("HTTP/1.1 2")];
      loop.happen(EVENT.readable | EVENT.writable);
    }],
  ];
  for (const [missing, step] of steps) {
    const { loop, results } = begin();
    step(loop);
    await loop.clock.advance(1200);
    const reason = `no ${missing} within 1200ms`;
    assert.deepEqual(results, [{ ok: false, latencyMs: 1200, reason, failure: "timeout" }]);
    assert.deepEqual(loop.left, LEFT_NOTHING);
  }
});

Deno.test("http machine: a connection that is refused, or breaks, fails with the reason", () => {
  const refused = begin();
  refused.loop.connectError = failure("ECONNREFUSED");
  refused.loop.happen(EVENT.error | EVENT.hangUp);
  const unsent = begin();
  unsent.loop.sendError = failure("EPIPE");
  unsent.loop.happen(EVENT.writable);
  const unread = begin();
  unread.loop.received = [bytesOf("HTTP/1.1 200"), failure("ECONNRESET")];
  unread.loop.happen(EVENT.readable | EVENT.writable);
  assert.deepEqual(
    [refused, unsent, unread].map(({ loop, results: [result] }) => [result?.ok === false && result.reason, loop.left]),
    [
      ["connection refused (ECONNREFUSED)", LEFT_NOTHING],
      ["connection closed by the server (EPIPE)", LEFT_NOTHING],
      ["connection reset (ECONNRESET)", LEFT_NOTHING],
    ],
  );
});

Deno.test("http machine: a cancelled probe has no result, and leaves nothing behind", async () => {
  const { loop, results, machine } = begin();
  loop.happen(EVENT.writable);
  machine?.[Symbol.dispose]();
  await loop.clock.advance(5000);
  assert.deepEqual([results, loop.left], [[], LEFT_NOTHING]);
});

Deno.test("http machine: the request is formed once for a job", () => {
  let reads = 0;
  const check = new Proxy(httpCheck(), {
    get: (target, key, receiver) => {
      if (key === "path") reads++;
      return Reflect.get(target, key, receiver);
    },
  });
  const job = { target: TARGET, check };
  for (let probes = 0; probes < 3; probes++) {
    startMachine(job, { loop: new FakeProbeLoop(), done: () => {} })?.[Symbol.dispose]();
  }
  assert.equal(reads, 1);
});

/** The pieces of an answer; the connection is closed after them. */
const ANSWERS: readonly (readonly string[])[] = [
  [OK],
  OK.split(""),
  ["HTTP/1.0 204 No Content\n\n"],
  ["HTTP/1.1 200\r\n\r\n"],
  ["HTTP/1.1 200 OK\r\nA: b\n\r\n"],
  ["HTTP/1.1 404 Not Found\r\n\r\n"],
  ["HTTP/1.1 302 Found\r\nLocation: /b\r\n\r\n"],
  ["HTTP/1.1 100 Continue\r\n\r\n", OK],
  [`HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n${OK}`],
  ["HTTP/1.1 100 Continue\r\n\r\n"],
  [...Array.from({ length: 200 }, () => "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n"), OK],
  Array.from({ length: 40 }, () => "HTTP/1.1 100\n\n".repeat(1000)),
  ["HTTP/1.1 101 Switching Protocols\r\n\r\n"],
  ["HTTP/1.1 200 OK\r\nContent-Length: 2\r\n"],
  [],
  ["HTTP/1."],
  ["HTTP/2 200 OK\r\n\r\n"],
  ["HTTP/1.1 999 No\r\n\r\n"],
  ["HTTP/1.1 200x\r\n\r\n"],
  ["HTTP/1.1 2\u0000\u001b[31m0\r\n\r\n"],
  ["SSH-2.0-OpenSSH_9.2\r\n"],
  ["\u001b]0;title\u0007\n\u00ff\u00fe"],
  ["\x15\x03\x01\x00\x02\x02\x46"],
  ["\n\n\n"],
  [`HTTP/1.1 200 OK\r\nA: ${"x".repeat(16 * 1024)}\r\n\r\n`],
  Array.from({ length: 40 }, (_, index) => `${index === 0 ? "HTTP/1.1 200 OK" : ""}A: ${"x".repeat(1024)}`),
  [`HTTP/1.1 200 OK\r\nA: ${"x".repeat(15 * 1024)}\r\n\r\n${"y".repeat(30_000)}`],
];

/** A network whose connections give the pieces of an answer. */
function networkOf(pieces: readonly string[]): Network {
  const refuse = (): never => {
    throw new Error("not needed");
  };
  let left = bytesOf("");
  const rest = [...pieces];
  const stream = {
    read: (buffer: Uint8Array): Promise<number | null> => {
      if (left.length === 0) left = bytesOf(rest.shift() ?? "");
      const taken = left.subarray(0, buffer.length);
      buffer.set(taken);
      left = left.subarray(taken.length);
      return Promise.resolve(taken.length === 0 ? null : taken.length);
    },
    write: () => Promise.resolve(),
    [Symbol.dispose]: () => {},
  };
  return { connect: () => Promise.resolve(stream), openDatagram: refuse, openIcmp: refuse, openTls: refuse };
}

Deno.test("http machine: each answer has the same result as by the prober", async () => {
  for (const method of ["GET", "HEAD"] as const) {
    for (const pieces of ANSWERS) {
      const check = httpCheck({ method });
      const expected = await probe(TARGET, check, { clock: new FakeClock(), network: networkOf(pieces) });
      const { loop, results } = begin(check);
      // As the kernel gives them: 16 KiB at most at once.
      loop.received = [...pieces.flatMap((piece) => piece.match(/[^]{1,16384}/g) ?? []), ""].map(bytesOf);
      loop.happen(EVENT.readable | EVENT.writable);
      assert.deepEqual([results, loop.left], [[expected], LEFT_NOTHING], JSON.stringify(pieces).slice(0, 200));
    }
  }
});

Deno.test("http machine: an answer that comes too late fails", async () => {
  const { loop, results } = begin(httpCheck({ expect: { ...DEFAULT_HTTP.expect, maxLatencyMs: 100 } }));
  loop.happen(EVENT.writable);
  await loop.clock.advance(101);
  loop.received = [bytesOf(OK)];
  loop.happen(EVENT.readable);
  assert.deepEqual(results, [{ ok: false, latencyMs: 101, reason: "answer took 101ms, expected 100ms at most" }]);
});

Deno.test("http machine: interim answers without end fail, and hold up nothing else", () => {
  const { loop, results } = begin();
  let pieces = 0;
  loop.received = new Proxy([], {
    get: (target, key) =>
      key === "shift"
        ? (): Uint8Array => (pieces++, bytesOf("HTTP/1.1 100\n\n".repeat(1000)))
        : Reflect.get(target, key),
  });
  loop.happen(EVENT.readable | EVENT.writable);
  const reason = "answer has 64 KiB of interim answers before the final one";
  assert.deepEqual([results, loop.left, pieces], [[{ ok: false, latencyMs: 0, reason }], LEFT_NOTHING, 5]);
});
