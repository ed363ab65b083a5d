import assert from "node:assert/strict";
import { LoopLag } from "../../../../core/daemon/mod.ts";
import { FakeClock } from "../../../support/fake_clock.ts";

Deno.test("LoopLag measures once a second how late its timer is, until it is disposed of", async () => {
  const clock = new FakeClock();
  const lags: number[] = [];
  {
    using _lag = new LoopLag((lagMs) => lags.push(lagMs), { clock });
    await clock.advance(2000);
    assert.deepEqual(lags, [0, 0]);
    clock.stall(1300);
    await clock.advance(0);
    assert.deepEqual(lags, [0, 0, 300]);
  }
  assert.equal(clock.pending, 0);
});
