import assert from "node:assert/strict";
import { DEFAULT_QUORUM, formatQuorum, hasQuorum, type Quorum, servingOf } from "../../../../core/model/mod.ts";

const FOUR = [{ weight: 1 }, { weight: 2 }, { weight: 3 }, { weight: 4 }];

function met(quorum: Quorum, weights: readonly number[], before?: boolean): boolean {
  return hasQuorum(quorum, servingOf(FOUR, weights), before === undefined ? {} : { met: before });
}

Deno.test("servingOf() counts servers with a weight, and their weights", () => {
  assert.deepEqual(servingOf(FOUR, [1, 0, undefined, 4]), { servers: 2, weight: 5, configuredWeight: 10 });
});

Deno.test("hasQuorum() counts servers, weight or percent of the configured weight", () => {
  assert.equal(met({ unit: "servers", amount: 2, hysteresis: 0 }, [0, 0, 0, 4]), false);
  assert.equal(met({ unit: "servers", amount: 2, hysteresis: 0 }, [1, 0, 0, 4]), true);
  assert.equal(met({ unit: "weight", amount: 5, hysteresis: 0 }, [0, 0, 0, 4]), false);
  assert.equal(met({ unit: "weight", amount: 5, hysteresis: 0 }, [1, 0, 0, 4]), true);
  assert.equal(met({ unit: "percent", amount: 50, hysteresis: 0 }, [0, 0, 0, 4]), false);
  assert.equal(met({ unit: "percent", amount: 50, hysteresis: 0 }, [1, 0, 0, 4]), true);
});

Deno.test("hasQuorum() is gained above the hysteresis and lost below it", () => {
  const quorum: Quorum = { unit: "weight", amount: 5, hysteresis: 2 };
  const weights = [2, 3, 4, 5, 6, 7];
  assert.deepEqual(weights.map((weight) => met(quorum, [weight], true)), [false, true, true, true, true, true]);
  assert.deepEqual(weights.map((weight) => met(quorum, [weight], false)), [false, false, false, false, false, true]);
  assert.deepEqual(weights.map((weight) => met(quorum, [weight])), [false, false, false, true, true, true]);
});

Deno.test("hasQuorum() in percent is never met by servers that all have the weight 0", () => {
  const nothing = servingOf([{ weight: 0 }], [0]);
  assert.equal(hasQuorum({ unit: "percent", amount: 50, hysteresis: 0 }, nothing), false);
});

Deno.test("formatQuorum() names the unit", () => {
  assert.deepEqual(
    [DEFAULT_QUORUM, { ...DEFAULT_QUORUM, unit: "weight" as const }, { ...DEFAULT_QUORUM, unit: "percent" as const }]
      .map(formatQuorum),
    ["1", "weight 1", "1 %"],
  );
});
