import assert from "node:assert/strict";
import { KeptRows, RowSamples } from "../../../../core/metrics/samples.ts";

const ROWS = [1, 2, 3].map((number) => ({ number, labels: { row: String(number) } }));

const SAMPLES = new RowSamples(ROWS, ({ number }, add) => {
  if (number === 2) return;
  add(number);
  add(BigInt(number), { to: "up" });
});

const EXPECTED = [
  { labels: { row: "1" }, value: 1 },
  { labels: { row: "1", to: "up" }, value: 1n },
  { labels: { row: "3" }, value: 3 },
  { labels: { row: "3", to: "up" }, value: 3n },
];

Deno.test("RowSamples have the labels of their rows, and those of a sample behind them", () => {
  assert.deepEqual([...SAMPLES], EXPECTED);
  assert.deepEqual(SAMPLES.toJSON(), EXPECTED);
});

Deno.test("RowSamples yield the labels of a row before they add its samples", () => {
  const steps: unknown[] = [];
  for (const { row } of SAMPLES.inSteps((value) => steps.push(value))) steps.push(row);
  assert.deepEqual(steps, ["1", 1, 1n, "2", "3", 3, 3n]);
});

Deno.test("KeptRows are made once, when they are first read to their end", () => {
  let made = 0;
  const rows = new KeptRows(function* (): Generator<number> {
    made++;
    yield* [1, 2];
  });
  assert.equal(made, 0);
  const [first] = rows;
  assert.deepEqual([first, [...rows], [...rows], made], [1, [1, 2], [1, 2], 2]);
});
