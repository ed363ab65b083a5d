import assert from "node:assert/strict";
import { Warnings } from "../../../../core/daemon/warnings.ts";

const HOUR_MS = 3_600_000;

Deno.test("Warnings reports each warning once a day, another one at once, and one that comes back again", () => {
  const warnings = new Warnings();
  const take = (warning: string | undefined, hour: number): boolean =>
    warnings.take("web", warning, { at: hour * HOUR_MS });
  assert.deepEqual([take("expires in 13d", 0), take("expires in 12d", 23), take("expires in 12d", 25)], [
    true,
    false,
    true,
  ]);
  assert.deepEqual([take("has expired", 26), take("has expired", 27)], [true, false]);
  assert.deepEqual([take(undefined, 28), take("has expired", 29)], [false, true]);
  assert.equal(warnings.take("other", "has expired", { at: 0 }), true);
  warnings.retain(new Set(["other"]));
  assert.equal(take("has expired", 30), true);
});
