import assert from "node:assert/strict";
import { EVENT, Reactor } from "../../../../core/reactor/mod.ts";
import { settle } from "../../../support/fake_clock.ts";
import { FakePoll } from "../../../support/fake_poll.ts";

/** A reactor on a fake kernel, with a record of what happens. */
function rig(options: { readonly onWake?: (times: number) => Promise<void>; readonly onRound?: () => void } = {}): {
  readonly poll: FakePoll;
  readonly reactor: Reactor;
  readonly log: string[];
  readonly note: (text: string) => void;
} {
  const poll = new FakePoll();
  const log: string[] = [];
  const reactor = new Reactor(poll, { now: () => poll.now, turn: settle, ...options });
  poll.onIdle = () => reactor.stop();
  return { poll, reactor, log, note: (text) => void log.push(`${poll.now} ${text}`) };
}

Deno.test("Reactor hands events and timers on at their times", async () => {
  const { poll, reactor, log, note } = rig();
  reactor.watch(7, { onEvents: (events) => note(`events ${events}`) });
  reactor.clock.setTimer(() => note("timer"), 30);
  poll.script(10, { descriptor: 7, events: EVENT.writable });
  poll.script(40, { descriptor: 7, events: EVENT.readable });
  await reactor.run();
  assert.deepEqual(log, ["10 events 4", "30 timer", "40 events 1"]);
});

Deno.test("Reactor handles answers before the timers that became due while the process was suspended", async () => {
  const { poll, reactor, log, note } = rig();
  const deadline = reactor.clock.setTimer(() => note("deadline"), 1000);
  reactor.watch(7, {
    onEvents: () => {
      note("answer");
      deadline[Symbol.dispose]();
    },
  });
  poll.script(500, { descriptor: 7, events: EVENT.readable });
  poll.now = 5000;
  await reactor.run();
  assert.deepEqual(log, ["5000 answer"]);
});

Deno.test("Reactor hands no event of a closed descriptor to the next one of the same number", async () => {
  const { poll, reactor, log, note } = rig();
  reactor.watch(6, {
    onEvents: () => {
      reactor.forget(7);
      reactor.watch(7, { onEvents: () => note("the new socket") });
    },
  });
  reactor.watch(7, { onEvents: () => note("the old socket") });
  poll.script(10, { descriptor: 6, events: EVENT.readable });
  poll.script(10, { descriptor: 7, tag: poll.tagOf(7) ?? 0, events: EVENT.readable });
  poll.script(20, { descriptor: 7, events: EVENT.readable });
  await reactor.run();
  assert.deepEqual(log, ["20 the new socket"]);
});

Deno.test("Reactor hands no event on after forget()", async () => {
  const { poll, reactor, log, note } = rig();
  reactor.watch(7, { onEvents: () => note("event") });
  reactor.forget(7);
  poll.script(10, { descriptor: 7, events: EVENT.readable });
  await reactor.run();
  assert.deepEqual(log, []);
});

Deno.test("Reactor waits in whole milliseconds to the next timer, and not for cancelled ones", async () => {
  const { poll, reactor, log, note } = rig();
  for (const delayMs of [5, 100]) reactor.clock.setTimer(() => note("cancelled"), delayMs)[Symbol.dispose]();
  reactor.clock.setTimer(() => note("timer"), 200.5);
  await reactor.run();
  assert.deepEqual([log, poll.timeouts], [["201 timer"], [201, -1]]);
});

Deno.test("Reactor lets the event loop turn before it waits again after a promise was resolved", async () => {
  const { poll, reactor, log, note } = rig();
  const { promise, resolve } = Promise.withResolvers<void>();
  const goOn = async (): Promise<void> => {
    await promise;
    for (let step = 0; step < 10; step++) await Promise.resolve();
    note("gone on");
  };
  void goOn();
  reactor.watch(7, {
    onEvents: () => {
      reactor.resumeAsync();
      resolve();
    },
  });
  poll.script(10, { descriptor: 7, events: EVENT.readable });
  poll.script(500, { descriptor: 7, events: EVENT.readable });
  await reactor.run();
  assert.deepEqual(log, ["10 gone on"]);
});

Deno.test("Reactor.asyncClock lets the event loop turn after a timer", async () => {
  const { poll, reactor, log, note } = rig();
  const wait = async (): Promise<void> => {
    const { promise, resolve } = Promise.withResolvers<void>();
    reactor.asyncClock.setTimer(resolve, 20);
    await promise;
    note("slept");
  };
  void wait();
  poll.script(500, { descriptor: 7, events: EVENT.readable });
  await reactor.run();
  assert.deepEqual(log, ["20 slept"]);
});

Deno.test("Reactor waits in the background for as long as that is asked for", async () => {
  const { poll, reactor, log, note } = rig();
  const held = reactor.waitInBackground();
  reactor.watch(7, {
    onEvents: () => {
      note(`event ${poll.inBackground}`);
      held[Symbol.dispose]();
    },
  });
  poll.script(10, { descriptor: 7, events: EVENT.readable });
  poll.script(20, { descriptor: 7, events: EVENT.readable });
  await reactor.run();
  assert.deepEqual(log, ["10 event 1", "20 event 1"]);
});

Deno.test("Reactor ends a wait in the background for a timer that is due before its end", async () => {
  const { poll, reactor, log, note } = rig();
  const held = reactor.waitInBackground();
  const running = reactor.run();
  await settle();
  assert.equal(poll.inBackground, 1);
  reactor.asyncClock.setTimer(() => {
    note("timer");
    held[Symbol.dispose]();
  }, 5);
  await running;
  assert.deepEqual(log, ["5 timer"]);
});

Deno.test("Reactor goes on at once when the background work has ended, without an event", async () => {
  const { poll, reactor, log, note } = rig({ onRound: () => note("round") });
  const held = reactor.waitInBackground();
  const running = reactor.run();
  await settle();
  assert.equal(poll.inBackground, 1);
  log.length = 0;
  held[Symbol.dispose]();
  held[Symbol.dispose]();
  await running;
  assert.deepEqual(log, ["0 round", "0 round", "0 round"]);
});

Deno.test("Reactor reports wakes of other isolates before anything else of the round", async () => {
  const { poll, reactor, log, note } = rig({
    onWake: async (times) => {
      await settle();
      note(`woken ${times}`);
    },
  });
  reactor.clock.setTimer(() => note("timer"), 10);
  poll.scriptWake(10, 3);
  await reactor.run();
  assert.deepEqual(log, ["10 woken 3", "10 timer"]);
});

Deno.test("Reactor.stop() ends it", async () => {
  const { poll, reactor } = rig();
  reactor.clock.setTimer(() => reactor.stop(), 10);
  reactor.clock.setTimer(() => assert.fail("the reactor goes on"), 1000);
  await reactor.run();
  assert.equal(poll.now, 10);
});
