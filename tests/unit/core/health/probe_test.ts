import assert from "node:assert/strict";
import { probe } from "../../../../core/health/mod.ts";
import type { Outcome } from "../../../../core/net/mod.ts";
import type { Probers } from "../../../../core/health/probers.ts";
import { type Check, DEFAULT_TIMING, parseIpAddress } from "../../../../core/model/mod.ts";
import { FakeClock, settle } from "../../../support/fake_clock.ts";

const target = { address: parseIpAddress("192.0.2.1"), port: 80 };
const check: Check = { type: "tcp", ...DEFAULT_TIMING };

/** Probers whose tcp prober waits for the test, or for its signal. */
function waiting(): { readonly probers: Probers; readonly answer: (outcome: Outcome) => void } {
  const { promise, resolve } = Promise.withResolvers<Outcome>();
  return {
    probers: {
      tcp: (_target, _check, { signal }) => {
        signal.addEventListener("abort", () => resolve({ ok: "aborted", awaited: "answer" }), { once: true });
        return promise;
      },
    },
    answer: resolve,
  };
}

Deno.test("probe() measures the latency", async () => {
  const clock = new FakeClock(5000);
  const { probers, answer } = waiting();
  const pending = probe(target, check, { clock, probers });
  await clock.advance(12.3456);
  answer({ ok: true, detail: "connected" });
  assert.deepEqual(await pending, { ok: true, detail: "connected", latencyMs: 12.346 });
  assert.equal(clock.pending, 0);
});

Deno.test("probe() aborts at the deadline, neither before nor after", async () => {
  const clock = new FakeClock();
  const { probers } = waiting();
  let settled = false;
  const pending = probe(target, { ...check, timeoutMs: 1500 }, { clock, probers });
  void pending.then(() => settled = true);
  await clock.advance(1499);
  assert.equal(settled, false);
  await clock.advance(1);
  assert.equal(settled, true);
  assert.deepEqual(await pending, {
    ok: false,
    latencyMs: 1500,
    reason: "no answer within 1500ms",
    failure: "timeout",
  });
});

Deno.test("probe() reads an answer that came while the process was suspended", async () => {
  const clock = new FakeClock();
  const { probers, answer } = waiting();
  const pending = probe(target, check, { clock, probers });
  await settle();
  clock.stall(5000);
  // The timers run first ...
  await clock.advance(0);
  // ... and the answer, which has been there for long, only then.
  answer({ ok: true, detail: "connected" });
  assert.deepEqual(await pending, { ok: true, detail: "connected", latencyMs: 5000 });
  assert.equal(clock.pending, 0);
});

Deno.test("probe() extends the deadline of a silent server only for a moment after a suspension", async () => {
  const clock = new FakeClock();
  const { probers } = waiting();
  const pending = probe(target, check, { clock, probers });
  await settle();
  clock.stall(5000);
  await clock.advance(15);
  assert.deepEqual(await pending, { ok: false, latencyMs: 5015, reason: "no answer within 1s", failure: "timeout" });
  assert.equal(clock.pending, 0);
});

Deno.test("probe() reads an answer after repeated suspensions, but not after any number of them", async () => {
  for (const [stalls, isSeen] of [[3, true], [4, false]] as const) {
    const clock = new FakeClock();
    const { probers, answer } = waiting();
    const pending = probe(target, check, { clock, probers });
    await settle();
    for (let stall = 0; stall < stalls; stall++) {
      clock.stall(5000);
      await clock.advance(0);
    }
    answer({ ok: true, detail: "connected" });
    assert.equal((await pending).ok, isSeen);
    assert.equal(clock.pending, 0);
  }
});

Deno.test("probe() hands reason and inconclusiveness on", async () => {
  const clock = new FakeClock();
  const { probers, answer } = waiting();
  const pending = probe(target, check, { clock, probers });
  answer({ ok: false, reason: "no descriptor", inconclusive: true });
  assert.deepEqual(await pending, { ok: false, latencyMs: 0, reason: "no descriptor", inconclusive: true });
});

Deno.test("probe() leaves no timer behind when a prober throws", async () => {
  const clock = new FakeClock();
  const bug = new TypeError("Bug");
  const probers: Probers = { tcp: () => Promise.reject(bug) };
  await assert.rejects(probe(target, check, { clock, probers }), (error) => error === bug);
  assert.equal(clock.pending, 0);
});

Deno.test("probe() makes one line of what the server says", async () => {
  const clock = new FakeClock();
  const foreign = "a\n\x1b[31m\u2028b";
  const seen = async (outcome: Outcome): Promise<unknown> => {
    return await probe(target, check, { clock, probers: { tcp: () => Promise.resolve(outcome) } });
  };
  const line = "a\\n\\u001b[31m\\u2028b";
  assert.deepEqual(await seen({ ok: false, reason: foreign }), { ok: false, reason: line, latencyMs: 0 });
  assert.deepEqual(await seen({ ok: true, detail: foreign, warning: foreign }), {
    ok: true,
    detail: line,
    warning: line,
    latencyMs: 0,
  });
});
