import assert from "node:assert/strict";
import { LossLimit } from "../../../../core/discovery/loss_limit.ts";
import { type DiscoveredServer, parseIpAddress } from "../../../../core/model/mod.ts";

const RULES = { maxLossPercent: 50, holdMs: 300_000 };

function list(size: number, options: { readonly drained?: number } = {}): readonly DiscoveredServer[] {
  const { drained = 0 } = options;
  return Array.from({ length: size }, (_, index) => ({
    address: parseIpAddress(`10.0.0.${index + 1}`),
    weight: index < drained ? 0 : 1,
  }));
}

/** Whether each list is accepted; a list is a number of servers and a time. */
function accepted(limit: LossLimit, lists: readonly (readonly [size: number, now: number])[]): readonly boolean[] {
  return lists.map(([size, now]) => limit.judge(list(size), { ...RULES, now }).isAccepted);
}

Deno.test("LossLimit accepts a list that lacks at most the limit, and refuses one that lacks more", () => {
  assert.deepEqual(accepted(new LossLimit(), [[10, 0], [5, 1]]), [true, true]);
  assert.deepEqual(accepted(new LossLimit(), [[10, 0], [4, 1], [10, 2]]), [true, false, true]);
  const limit = new LossLimit(list(4));
  assert.deepEqual(limit.judge(list(1), { ...RULES, now: 0 }), {
    isAccepted: false,
    reason: "the list lacks 3 of 4 servers, more than 50%",
  });
});

Deno.test("LossLimit never accepts an empty list, also after the hold and by hand", () => {
  const limit = new LossLimit(list(4));
  limit.agree();
  assert.deepEqual(accepted(limit, [[0, 0], [0, 300_000], [0, 900_000]]), [false, false, false]);
  assert.equal(new LossLimit().judge([], { ...RULES, now: 0 }).isAccepted, false);
});

Deno.test("LossLimit counts a server with weight 0 as missing", () => {
  const limit = new LossLimit(list(4));
  assert.equal(limit.judge(list(4, { drained: 2 }), { ...RULES, now: 0 }).isAccepted, true);
  assert.equal(limit.judge(list(4, { drained: 3 }), { ...RULES, now: 1 }).isAccepted, false);
  assert.deepEqual(limit.judge(list(4, { drained: 4 }), { ...RULES, now: 2 }), {
    isAccepted: false,
    reason: "no server in the list takes connections",
  });
});

Deno.test("LossLimit accepts a short list that has persisted, and not one that a longer one interrupted", () => {
  const limit = new LossLimit();
  assert.deepEqual(accepted(limit, [[10, 0], [2, 1000], [2, 300_999], [2, 301_000]]), [true, false, false, true]);
  assert.deepEqual(accepted(limit, [[1, 301_001]]), [true], "the short list is the new measure");
  const other = new LossLimit();
  const lists = [[10, 0], [2, 1000], [9, 200_000], [2, 301_000], [2, 400_000]] as const;
  assert.deepEqual(accepted(other, lists), [true, false, true, false, false]);
});

Deno.test("LossLimit refuses small steps that together take too much within the hold", () => {
  const limit = new LossLimit();
  assert.deepEqual(accepted(limit, [[10, 0], [5, 1000], [3, 2000]]), [true, true, false]);
  const slow = new LossLimit();
  assert.deepEqual(accepted(slow, [[10, 0], [5, 1000], [3, 400_000]]), [true, true, true]);
});

Deno.test("LossLimit accepts one list by hand, whatever it lacks", () => {
  const limit = new LossLimit(list(10));
  assert.deepEqual(accepted(limit, [[1, 0]]), [false]);
  assert.equal(limit.refusedSince, 0);
  limit.agree();
  assert.deepEqual(accepted(limit, [[2, 1]]), [true]);
  assert.equal(limit.refusedSince, undefined);
  assert.deepEqual(accepted(limit, [[10, 2], [1, 3]]), [true, false], "only one list");
});

Deno.test("LossLimit remembers few lists of a source that changes all the time, and compares with the largest", () => {
  const limit = new LossLimit();
  limit.judge(list(200), { ...RULES, now: 0 });
  // More lists than a call can have arguments.
  const sizes = [list(150), list(151)];
  for (let now = 1; now < 200_000; now++) limit.judge(sizes[now % 2] ?? [], { ...RULES, holdMs: 1_000_000, now });
  assert.equal(limit.judge(list(99), { ...RULES, holdMs: 1_000_000, now: 200_000 }).isAccepted, false);
  assert.equal(limit.judge(list(100), { ...RULES, holdMs: 1_000_000, now: 200_001 }).isAccepted, true);
});
