import assert from "node:assert/strict";
import fc from "fast-check";
import { TimerQueue } from "../../../../core/reactor/timer_queue.ts";

Deno.test("TimerQueue calls each timer once when it is due, unless it was cancelled before", () => {
  const step = fc.record({
    delayMs: fc.oneof(
      fc.constantFrom(50, 100, 1000),
      fc.integer({ min: 0, max: 300 }),
      fc.double({ min: 0, max: 99, noNaN: true }),
    ),
    cancels: fc.option(fc.nat(40)),
    passes: fc.nat(60),
  });
  fc.assert(fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
    const queue = new TimerQueue();
    const timers: { readonly due: number; readonly timer: Disposable; calls: number; isCancelled: boolean }[] = [];
    let now = 0;
    for (const { delayMs, cancels, passes } of steps) {
      const at = timers.length;
      const timer = queue.add(() => {
        const own = timers[at];
        if (own !== undefined) own.calls++;
      }, { now, delayMs });
      timers.push({ due: now + delayMs, timer, calls: 0, isCancelled: false });
      const cancelled = cancels === null ? undefined : timers[cancels];
      if (cancelled !== undefined && cancelled.calls === 0) {
        cancelled.timer[Symbol.dispose]();
        cancelled.isCancelled = true;
      }
      now += passes;
      queue.fire(now);
      for (const { due, calls, isCancelled } of timers) assert.equal(calls, due <= now && !isCancelled ? 1 : 0);
      const pending = timers.filter(({ calls, isCancelled }) => calls === 0 && !isCancelled).map(({ due }) => due);
      assert.equal(queue.firstDue, Math.min(...pending));
    }
  }));
});

Deno.test("TimerQueue keeps few cancelled timers, however far ahead they are due", () => {
  const queue = new TimerQueue();
  let calls = 0;
  queue.add(() => calls++, { now: 0, delayMs: 86_400_000.5 });
  for (let count = 0; count < 10_000; count++) {
    queue.add(() => calls++, { now: count, delayMs: 86_400_000.5 })[Symbol.dispose]();
    assert.ok(queue.size <= 70, `${queue.size} timers after ${count}`);
  }
  queue.fire(90_000_000);
  assert.equal(calls, 1);
});

Deno.test("TimerQueue calls a timer that a timer adds", () => {
  const queue = new TimerQueue();
  const calls: string[] = [];
  queue.add(() => {
    calls.push("first");
    queue.add(() => void calls.push("second"), { now: 100, delayMs: 100 });
  }, { now: 0, delayMs: 100 });
  queue.fire(100);
  queue.fire(200);
  assert.deepEqual(calls, ["first", "second"]);
});
