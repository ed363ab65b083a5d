import assert from "node:assert/strict";
import { CoalescedRuns } from "../../../../cli/daemon/coalesced_runs.ts";
import { FakeClock, settle } from "../../../support/fake_clock.ts";

/** Runs that a test ends, and the times of their begins. */
function startRuns(): {
  readonly reloads: CoalescedRuns;
  readonly clock: FakeClock;
  readonly runs: readonly PromiseWithResolvers<void>[];
  readonly begins: readonly number[];
} {
  const clock = new FakeClock();
  const runs: PromiseWithResolvers<void>[] = [];
  const begins: number[] = [];
  const start = clock.now();
  const reloads = new CoalescedRuns(() => {
    const run = Promise.withResolvers<void>();
    runs.push(run);
    begins.push(clock.now() - start);
    return run.promise;
  }, { clock });
  return { reloads, clock, runs, begins };
}

Deno.test("CoalescedRuns runs once for all requests during a run, also after a failed run", async () => {
  const { reloads, clock, runs } = startRuns();
  const first = reloads.request();
  const [second, third] = [reloads.request(), reloads.request()];
  await settle();
  assert.equal(runs.length, 1);
  runs[0]?.reject(new Error("not valid"));
  await assert.rejects(first, /not valid/);
  await clock.advance(0);
  assert.equal(runs.length, 2);
  const fourth = reloads.request();
  runs[1]?.resolve();
  await Promise.all([second, third]);
  await clock.advance(0);
  assert.equal(runs.length, 3);
  runs[2]?.resolve();
  await fourth;
  const fifth = reloads.request();
  assert.equal(runs.length, 4);
  runs[3]?.resolve();
  await fifth;
});

Deno.test("CoalescedRuns leaves as much time after a run as it took, however often it is requested", async () => {
  const { reloads, clock, runs, begins } = startRuns();
  const all = [reloads.request(), reloads.request()];
  await clock.advance(300);
  runs[0]?.resolve();
  await clock.advance(200);
  all.push(reloads.request(), reloads.request());
  await clock.advance(99);
  assert.deepEqual(begins, [0]);
  await clock.advance(1);
  assert.deepEqual(begins, [0, 600]);
  await clock.advance(50);
  runs[1]?.resolve();
  await Promise.all(all);
  // In the pause, without a request that waits.
  const late = reloads.request();
  await clock.advance(50);
  assert.deepEqual(begins, [0, 600, 700]);
  runs[2]?.resolve();
  await late;
  await clock.advance(1000);
  const rested = reloads.request();
  assert.equal(begins.length, 4, "it begins at once after the pause");
  runs[3]?.resolve();
  await rested;
});
