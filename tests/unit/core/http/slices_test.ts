import assert from "node:assert/strict";
import { Slices } from "../../../../core/http/mod.ts";
import { FakeClock } from "../../../support/fake_clock.ts";

/** Items that take 2 milliseconds each. */
function* slow(clock: FakeClock, count: number, work: string[] = [], name = ""): Generator<number, void, undefined> {
  for (let item = 0; item < count; item++) {
    clock.stall(2);
    work.push(`${name}${item}`);
    yield item;
  }
}

Deno.test("Slices.of() pauses after 5 milliseconds of work, for as long as the work took", async () => {
  const clock = new FakeClock();
  const seen: (readonly number[])[] = [];
  const reading = (async () => {
    for await (const slice of new Slices(clock).of(slow(clock, 7))) seen.push(slice);
  })();
  await clock.advance(0);
  assert.deepEqual(seen, [[0, 1, 2]]);
  // The work ends at 6, and the pause at 12.
  await clock.advance(11);
  assert.equal(seen.length, 1);
  await clock.advance(1);
  assert.deepEqual(seen, [[0, 1, 2], [3, 4, 5]]);
  await clock.advance(100);
  await reading;
  assert.deepEqual(seen, [[0, 1, 2], [3, 4, 5], [6]]);
});

Deno.test("Slices let all readers take turns, one slice at a time", async () => {
  const clock = new FakeClock();
  const slices = new Slices(clock);
  const work: string[] = [];
  const both = Promise.all(["a", "b"].map((name) => slices.all(slow(clock, 6, work, name))));
  await clock.advance(0);
  assert.deepEqual(work, ["a0", "a1", "a2"]);
  await clock.advance(12);
  assert.deepEqual(work.slice(3), ["b0", "b1", "b2"]);
  await clock.advance(100);
  assert.deepEqual(await both, [[0, 1, 2, 3, 4, 5], [0, 1, 2, 3, 4, 5]]);
});

Deno.test("Slices.of() ends the work when its reader ends, and an error ends neither the others nor a turn", async () => {
  const clock = new FakeClock();
  const slices = new Slices(clock);
  let ended = false;
  function* endless(): Generator<number, void, undefined> {
    try {
      for (;;) {
        clock.stall(6);
        yield 1;
      }
    } finally {
      ended = true;
    }
  }
  for await (const _slice of slices.of(endless())) break;
  assert.ok(ended);
  function* broken(): Generator<number, void, undefined> {
    yield 1;
    throw new Error("broken");
  }
  const failing = assert.rejects(slices.all(broken()), /broken/);
  const working = slices.all([1, 2]);
  await clock.advance(100);
  await failing;
  assert.deepEqual(await working, [1, 2]);
});

Deno.test("Slices end waiting work at once when they are disposed of", async () => {
  const clock = new FakeClock();
  const slices = new Slices(clock);
  const working = assert.rejects(slices.all(slow(clock, 9)), /the daemon is ending/);
  const waiting = assert.rejects(slices.all([1]), /the daemon is ending/);
  await clock.advance(0);
  slices[Symbol.dispose]();
  await Promise.all([working, waiting]);
  assert.equal(clock.pending, 0);
});

Deno.test("Slices.of() pauses for work without an item too, and gives no item for it", async () => {
  const clock = new FakeClock();
  let steps = 0;
  function* work(): Generator<number | undefined, void, undefined> {
    for (; steps < 3; steps++) {
      clock.stall(6);
      yield;
    }
    yield 1;
  }
  const working = new Slices(clock).all(work());
  await clock.advance(0);
  assert.equal(steps, 0);
  await clock.advance(100);
  assert.deepEqual([await working, steps], [[1], 3]);
});

Deno.test("Slices.once() waits for its turn, and pauses as long as its work took", async () => {
  const clock = new FakeClock();
  const slices = new Slices(clock);
  const times: number[] = [];
  const both = Promise.all([1, 2].map(() =>
    slices.once(() => {
      times.push(clock.now());
      clock.stall(10);
    })
  ));
  await clock.advance(100);
  await both;
  assert.deepEqual(times, [0, 20]);
});
