import assert from "node:assert/strict";
import { startMachine } from "../../../../../core/health/mod.ts";
import { type Check, DEFAULT_TIMING, parseIpAddress, type ProbeResult } from "../../../../../core/model/mod.ts";
import { EVENT } from "../../../../../core/reactor/mod.ts";
import { FakeProbeLoop } from "../../../../support/fake_probe_loop.ts";

const TARGET = { address: parseIpAddress("10.0.0.1"), port: 80 };
const TIMING = { ...DEFAULT_TIMING, timeoutMs: 1200 };
const TCP: Check = { type: "tcp", ...TIMING };
const UDP: Check = { type: "udp", ...TIMING };
const EXPECTING: Check = { type: "udp", send: "ping", expect: { text: "pong" }, ...TIMING };
const LEFT_NOTHING = [0, 0, 0];

function failure(code: string, more: { readonly isLocal?: boolean } = {}): Error {
  return Object.assign(new Error("cannot connect"), { code, ...more });
}

/** Starts a probe on fake sockets. */
function begin(
  check: Check,
  { loop = new FakeProbeLoop(), target = TARGET }: { readonly loop?: FakeProbeLoop; readonly target?: typeof TARGET } =
    {},
): { readonly loop: FakeProbeLoop; readonly results: ProbeResult[]; readonly machine: Disposable | undefined } {
  const results: ProbeResult[] = [];
  const machine = startMachine({ target, check }, { loop, done: (result) => void results.push(result) });
  return { loop, results, machine };
}

Deno.test("startMachine() leaves what has a conversation, and a server without a port, to the probers", () => {
  const others: Check[] = [{ type: "tcp", send: "x", ...TIMING }, { type: "ping", ...TIMING }];
  for (const check of others) assert.equal(begin(check).machine, undefined);
  assert.equal(begin(TCP, { target: { ...TARGET, port: 0 } }).machine, undefined);
});

Deno.test("tcp machine: a server that accepts the connection passes", async () => {
  const { loop, results } = begin({ ...TCP, source: parseIpAddress("10.0.0.9") });
  assert.deepEqual([loop.opened, results], [["tcp 10.0.0.1:80 from 10.0.0.9"], []]);
  await loop.clock.advance(7);
  loop.happen(EVENT.writable);
  assert.deepEqual([results, loop.left], [[{ ok: true, latencyMs: 7, detail: "connected" }], LEFT_NOTHING]);
});

Deno.test("tcp machine: a refused connection fails with the reason", () => {
  const { loop, results } = begin(TCP);
  loop.connectError = failure("ECONNREFUSED");
  loop.happen(EVENT.writable | EVENT.error | EVENT.hangUp);
  const reason = "connection refused (ECONNREFUSED)";
  assert.deepEqual([results, loop.left], [[{ ok: false, latencyMs: 0, reason, failure: "refused" }], LEFT_NOTHING]);
});

Deno.test("tcp machine: what fails on this machine, or at once, is a result too", () => {
  const loop = new FakeProbeLoop();
  loop.openError = failure("ENETUNREACH");
  assert.deepEqual(begin(TCP, { loop }).results, [
    { ok: false, latencyMs: 0, reason: "network is unreachable (ENETUNREACH)", failure: "unreachable" },
  ]);
  loop.openError = failure("EMFILE");
  assert.deepEqual(begin(TCP, { loop }).results, [
    { ok: false, latencyMs: 0, reason: "lvsctl has no file descriptor left (EMFILE)", inconclusive: true },
  ]);
  assert.deepEqual(loop.left, LEFT_NOTHING);
});

Deno.test("tcp machine: a bug is not taken for a failed server", () => {
  const loop = new FakeProbeLoop();
  loop.openError = new TypeError("a bug");
  assert.throws(() => begin(TCP, { loop }), TypeError);
});

Deno.test("tcp machine: a server that does not answer fails at the deadline", async () => {
  const { loop, results } = begin(TCP);
  await loop.clock.advance(1199);
  assert.deepEqual(results, []);
  await loop.clock.advance(1);
  const reason = "no connection within 1200ms";
  assert.deepEqual([results, loop.left], [[{ ok: false, latencyMs: 1200, reason, failure: "timeout" }], LEFT_NOTHING]);
});

Deno.test("tcp machine: an answer that came while the process was suspended counts", async () => {
  const { loop, results } = begin(TCP);
  loop.clock.stall(60_000);
  await loop.clock.advance(0);
  assert.deepEqual(results, []);
  loop.happen(EVENT.writable);
  assert.deepEqual(results.map(({ ok }) => ok), [true]);
});

Deno.test("a cancelled machine has no result, and leaves nothing behind", async () => {
  for (const check of [TCP, UDP, EXPECTING]) {
    const { loop, results, machine } = begin(check);
    machine?.[Symbol.dispose]();
    assert.deepEqual(loop.left, LEFT_NOTHING);
    await loop.clock.advance(5000);
    assert.deepEqual(results, []);
  }
});

Deno.test("udp machine: a port that does not refuse within a quarter of the deadline passes", async () => {
  const { loop, results } = begin(UDP);
  assert.deepEqual(loop.sent, ["\0"]);
  loop.happen(EVENT.writable);
  await loop.clock.advance(300);
  const result = { ok: true, latencyMs: 300, detail: "no answer, and no refusal" };
  assert.deepEqual([results, loop.left], [[result], LEFT_NOTHING]);
});

Deno.test("udp machine: an answer passes if nothing is expected, and a refusal fails", () => {
  const answered = begin(UDP);
  answered.loop.received = [Uint8Array.of(1)];
  answered.loop.happen(EVENT.readable);
  assert.deepEqual(answered.results, [{ ok: true, latencyMs: 0, detail: "answered" }]);
  const refused = begin(UDP);
  refused.loop.received = [failure("ECONNREFUSED")];
  refused.loop.happen(EVENT.error);
  assert.deepEqual(refused.results, [{
    ok: false,
    latencyMs: 0,
    reason: "connection refused (ECONNREFUSED)",
    failure: "refused",
  }]);
  assert.deepEqual([answered.loop.left, refused.loop.left], [LEFT_NOTHING, LEFT_NOTHING]);
});

Deno.test("udp machine: a refusal that was not reported in time fails all the same", async () => {
  const { loop, results } = begin(UDP);
  loop.received = [failure("ECONNREFUSED")];
  await loop.clock.advance(300);
  const result = { ok: false, latencyMs: 300, reason: "connection refused (ECONNREFUSED)", failure: "refused" };
  assert.deepEqual([results, loop.left], [[result], LEFT_NOTHING]);
});

Deno.test("udp machine: what expects an answer asks three times, and fails at the deadline", async () => {
  const { loop, results } = begin(EXPECTING);
  await loop.clock.advance(399);
  assert.equal(loop.sent.length, 1);
  await loop.clock.advance(1);
  await loop.clock.advance(400);
  assert.deepEqual(loop.sent, ["ping", "ping", "ping"]);
  await loop.clock.advance(400);
  const result = { ok: false, latencyMs: 1200, reason: "no answer within 1200ms", failure: "timeout" };
  assert.deepEqual([results, loop.left], [[result], LEFT_NOTHING]);
});

Deno.test("udp machine: the first answer decides", () => {
  const verdicts = ["pong!", "no"].map((answer) => {
    const { loop, results } = begin(EXPECTING);
    loop.received = [new TextEncoder().encode(answer)];
    loop.happen(EVENT.readable);
    assert.deepEqual(loop.left, LEFT_NOTHING);
    return results;
  });
  assert.deepEqual(verdicts[0], [{ ok: true, latencyMs: 0, detail: 'answer "pong!"' }]);
  assert.match(JSON.stringify(verdicts[1]), /"ok":false.*answer/);
});

Deno.test("udp machine: a repeated request that is refused fails", async () => {
  const { loop, results } = begin(EXPECTING);
  loop.sendError = failure("ECONNREFUSED");
  await loop.clock.advance(400);
  assert.deepEqual(results, [{
    ok: false,
    latencyMs: 400,
    reason: "connection refused (ECONNREFUSED)",
    failure: "refused",
  }]);
});
