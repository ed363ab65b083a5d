import assert from "node:assert/strict";
import fc from "fast-check";
import type { WeightParts } from "../../../../core/effective/mod.ts";
import { slowStartShare } from "../../../../core/effective/slow_start.ts";
import { type AgentReport, composeWeight, fullWeight } from "../../../../core/effective/weight.ts";
import { MAX_WEIGHT, type Override, parseIpAddress } from "../../../../core/model/mod.ts";

const READY: AgentReport = { percent: 100, health: "up", mode: "ready" };

function parts(configured: number, rest: Partial<WeightParts> = {}): WeightParts {
  return { configured, slowStartPercent: 100, ...rest };
}

function said(weight: Override["weight"]): Override {
  return { address: parseIpAddress("10.0.0.1"), weight, at: 0 };
}

interface Case {
  readonly name: string;
  readonly parts: WeightParts;
  readonly weight: number;
}

const CASES: readonly Case[] = [
  { name: "the file's by default", parts: parts(5), weight: 5 },
  { name: "the check's in the place of the file's", parts: parts(5, { requested: 7 }), weight: 7 },
  { name: "the check's also where the file says 0", parts: parts(0, { requested: 7 }), weight: 7 },
  { name: "the agent's share of it, rounded up", parts: parts(5, { agent: { ...READY, percent: 50 } }), weight: 3 },
  { name: "at least 1 of a small share", parts: parts(1, { agent: { ...READY, percent: 1 } }), weight: 1 },
  {
    name: "more than the file's for more than 100 %",
    parts: parts(4, { agent: { ...READY, percent: 150 } }),
    weight: 6,
  },
  { name: "none for 0 %", parts: parts(5, { agent: { ...READY, percent: 0 } }), weight: 0 },
  { name: "none while the agent drains", parts: parts(5, { agent: { ...READY, mode: "drain" } }), weight: 0 },
  {
    name: "none while the agent is in maintenance",
    parts: parts(5, { agent: { ...READY, mode: "maint" } }),
    weight: 0,
  },
  {
    name: "no more than the kernel takes",
    parts: parts(MAX_WEIGHT, { agent: { ...READY, percent: 200 } }),
    weight: MAX_WEIGHT,
  },
  { name: "the slow start's share, rounded down", parts: parts(10, { slowStartPercent: 19 }), weight: 1 },
  { name: "at least 1 in a slow start", parts: parts(2, { slowStartPercent: 10 }), weight: 1 },
  { name: "none in a slow start of none", parts: parts(0, { slowStartPercent: 10 }), weight: 0 },
  {
    name: "all three together",
    parts: parts(1, { requested: 100, agent: { ...READY, percent: 50 }, slowStartPercent: 30 }),
    weight: 15,
  },
  {
    name: "the operator's alone, whatever the others say",
    parts: parts(1, { requested: 9, agent: { ...READY, mode: "drain" }, slowStartPercent: 10, override: said(40) }),
    weight: 40,
  },
  { name: "none in maintenance", parts: parts(9, { override: said("maint") }), weight: 0 },
];

for (const { name, parts, weight } of CASES) {
  Deno.test(`composeWeight(): ${name}`, () => assert.equal(composeWeight(parts), weight));
}

Deno.test("composeWeight() is never above the full weight, and 0 only if that is 0", () => {
  const any = fc.record({
    configured: fc.integer({ min: 0, max: MAX_WEIGHT }),
    percent: fc.integer({ min: 0, max: 300 }),
    slowStartPercent: fc.double({ min: 0, max: 100, noNaN: true }),
  });
  fc.assert(fc.property(any, ({ configured, percent, slowStartPercent }) => {
    const made = parts(configured, { agent: { ...READY, percent }, slowStartPercent });
    const [full, weight] = [fullWeight(made), composeWeight(made)];
    assert.ok(weight <= full && full <= MAX_WEIGHT && Number.isInteger(weight));
    assert.equal(weight === 0, full === 0);
    assert.equal(full === 0, configured === 0 || percent === 0);
  }));
});

Deno.test("slowStartShare() grows in steps from the first share to all, with the time of the next step", () => {
  const slowStart = { durationMs: 20_000, fromPercent: 10 };
  const at = (now: number): unknown => slowStartShare(slowStart, { since: 1000, now });
  assert.deepEqual(at(1000), { percent: 10, nextAt: 2000 });
  assert.deepEqual(at(1999), { percent: 10, nextAt: 2000 });
  assert.deepEqual(at(2000), { percent: 14.5, nextAt: 3000 });
  assert.deepEqual(at(11_000), { percent: 55, nextAt: 12_000 });
  assert.deepEqual(at(20_999), { percent: 95.5, nextAt: 21_000 });
  assert.deepEqual(at(21_000), { percent: 100 });
});

Deno.test("slowStartShare() is complete for a server that never recovered, and without a slow start", () => {
  const slowStart = { durationMs: 20_000, fromPercent: 10 };
  assert.deepEqual(slowStartShare(slowStart, { since: undefined, now: 5 }), { percent: 100 });
  assert.deepEqual(slowStartShare(undefined, { since: 5, now: 5 }), { percent: 100 });
});

Deno.test("slowStartShare() never shrinks, ends in time, and grows with each wait", () => {
  const any = fc.record({
    durationMs: fc.integer({ min: 1, max: 100_000 }),
    fromPercent: fc.integer({ min: 0, max: 100 }),
    since: fc.integer({ min: 0, max: 1_000_000 }),
  });
  fc.assert(fc.property(any, ({ since, ...slowStart }) => {
    let now = since;
    let last = -1;
    for (let looks = 0; looks < 25; looks++) {
      const { percent, nextAt } = slowStartShare(slowStart, { since, now });
      assert.ok(percent >= last);
      last = percent;
      if (nextAt === undefined) break;
      assert.ok(nextAt > now);
      now = nextAt;
    }
    assert.equal(last, 100);
    assert.ok(now <= since + slowStart.durationMs + 1);
  }));
});
