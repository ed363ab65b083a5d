import assert from "node:assert/strict";
import { LazySamples } from "../../../../core/metrics/samples.ts";

Deno.test("LazySamples pause after many rows without a sample, and have no pause as JSON", () => {
  const rows = Array.from({ length: 3000 }, (_, row) => row);
  const samples = new LazySamples(rows, (row) => row === 2500 ? [{ value: row }] : []);
  assert.deepEqual([...samples], [undefined, undefined, { value: 2500 }]);
  assert.equal(JSON.stringify(samples), '[{"value":2500}]');
});
