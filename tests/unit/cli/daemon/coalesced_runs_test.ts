import assert from "node:assert/strict";
import { CoalescedRuns } from "../../../../cli/daemon/coalesced_runs.ts";
import { settle } from "../../../support/fake_clock.ts";

Deno.test("CoalescedRuns runs once for all requests during a run, also after a failed run", async () => {
  const runs: PromiseWithResolvers<void>[] = [];
  const reloads = new CoalescedRuns(() => {
    const run = Promise.withResolvers<void>();
    runs.push(run);
    return run.promise;
  });
  const first = reloads.request();
  const [second, third] = [reloads.request(), reloads.request()];
  await settle();
  assert.equal(runs.length, 1);
  runs[0]?.reject(new Error("not valid"));
  await assert.rejects(first, /not valid/);
  await settle();
  assert.equal(runs.length, 2);
  const fourth = reloads.request();
  runs[1]?.resolve();
  await Promise.all([second, third]);
  await settle();
  assert.equal(runs.length, 3);
  runs[2]?.resolve();
  await fourth;
  const fifth = reloads.request();
  assert.equal(runs.length, 4);
  runs[3]?.resolve();
  await fifth;
});
