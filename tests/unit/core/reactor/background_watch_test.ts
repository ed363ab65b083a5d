import assert from "node:assert/strict";
import { BackgroundWatch, EVENT } from "../../../../core/reactor/mod.ts";
import { settle } from "../../../support/fake_clock.ts";
import { FakePoll } from "../../../support/fake_poll.ts";

Deno.test("BackgroundWatch waits in the background while there is a descriptor, and not without", async () => {
  const poll = new FakePoll();
  const watch = new BackgroundWatch(poll);
  assert.equal(watch.waiting, undefined);
  const seen: number[] = [];
  poll.script(10, { descriptor: 7, events: EVENT.readable });
  watch.watch(7, {
    onEvents: (events) => {
      seen.push(events);
      watch.forget(7);
    },
  });
  await watch.waiting;
  await settle();
  assert.deepEqual([seen, watch.waiting, poll.inBackground], [[1], undefined, 1]);
});

Deno.test("BackgroundWatch ends its wait when the last descriptor leaves, and begins another one later", async () => {
  const poll = new FakePoll();
  poll.onIdle = () => {};
  const watch = new BackgroundWatch(poll);
  watch.watch(7, { onEvents: () => assert.fail("an event of a descriptor that has left") });
  watch.forget(7);
  await watch.waiting;
  const seen: number[] = [];
  poll.script(20, { descriptor: 8, events: EVENT.error });
  watch.watch(8, {
    onEvents: (events) => {
      seen.push(events);
      watch.forget(8);
    },
  });
  await watch.waiting;
  assert.deepEqual(seen, [EVENT.error]);
});
