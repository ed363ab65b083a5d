import assert from "node:assert/strict";
import { type Clock, elapsedMs, runWithin, unlessAborted } from "../../../../core/time/mod.ts";
import { FakeClock, settle } from "../../../support/fake_clock.ts";

/** Runs until the signal is aborted, and resolves to the reason. */
function untilAborted(signal: AbortSignal): Promise<unknown> {
  if (signal.aborted) return Promise.resolve(signal.reason);
  const { promise, resolve } = Promise.withResolvers<unknown>();
  signal.addEventListener("abort", () => resolve(signal.reason), { once: true });
  return promise;
}

Deno.test("runWithin() aborts at the deadline, and not before", async () => {
  const clock = new FakeClock();
  let isEnded = false;
  const pending = runWithin({ timeoutMs: 1500, clock }, untilAborted).then(() => isEnded = true);
  await clock.advance(1499);
  assert.equal(isEnded, false);
  await clock.advance(1);
  assert.equal(isEnded, true);
  await pending;
  assert.equal(clock.pending, 0);
});

Deno.test("runWithin() passes results and errors on, and leaves no timer", async () => {
  const clock = new FakeClock();
  assert.equal(await runWithin({ timeoutMs: 1000, clock }, () => Promise.resolve(5)), 5);
  const bug = new TypeError("Bug");
  await assert.rejects(runWithin({ timeoutMs: 1000, clock }, () => Promise.reject(bug)), (error) => error === bug);
  assert.equal(clock.pending, 0);
});

for (const isEarly of [true, false]) {
  Deno.test(`runWithin() is cancelled by a signal that is aborted ${isEarly ? "before" : "after"} its start`, async () => {
    const clock = new FakeClock();
    const controller = new AbortController();
    if (isEarly) controller.abort("enough");
    const pending = runWithin({ timeoutMs: 1000, clock, signal: controller.signal }, untilAborted);
    await settle();
    controller.abort("enough");
    assert.equal(await pending, "enough");
    assert.equal(clock.pending, 0);
  });
}

Deno.test("runWithin() extends a deadline that passed while the process was suspended", async () => {
  const clock = new FakeClock();
  const answer = Promise.withResolvers<string>();
  const pending = runWithin(
    { timeoutMs: 1000, clock },
    (signal) => Promise.race([answer.promise, untilAborted(signal).then(() => "too late")]),
  );
  await settle();
  clock.stall(5000);
  await clock.advance(0);
  answer.resolve("in time");
  assert.equal(await pending, "in time");
});

Deno.test("runWithin() ends within 100 ms of the deadline if each timer is late enough for an extension", async () => {
  const timers: { readonly at: number; readonly callback: () => void }[] = [];
  let now = 0;
  const clock: Clock = {
    now: () => now,
    setTimer: (callback, delayMs) => {
      const timer = { at: now + delayMs + 13, callback };
      timers.push(timer);
      return { [Symbol.dispose]: () => void timers.splice(timers.indexOf(timer), 1) };
    },
  };
  const ended = runWithin({ timeoutMs: 1000, clock }, (signal) => untilAborted(signal).then(() => now));
  for (let timer = timers.shift(); timer !== undefined; timer = timers.shift()) {
    now = timer.at;
    timer.callback();
    await settle();
  }
  assert.equal(await ended, 1000 + 13 + 3 * (15 + 13));
});

Deno.test("unlessAborted() resolves to the value, or to undefined once the signal is aborted", async () => {
  const controller = new AbortController();
  assert.equal(await unlessAborted(Promise.resolve(5), controller.signal), 5);
  const pending = unlessAborted(new Promise(() => {}), controller.signal);
  controller.abort();
  assert.equal(await pending, undefined);
  assert.equal(await unlessAborted(new Promise(() => {}), controller.signal), undefined);
});

Deno.test("elapsedMs() is rounded to microseconds", async () => {
  const clock = new FakeClock(5000);
  await clock.advance(12.34567);
  assert.equal(elapsedMs(clock, 5000), 12.346);
});
