import assert from "node:assert/strict";
import { formatRate } from "../../../../cli/format/rate.ts";

const CASES: readonly (readonly [number, string])[] = [
  [0, "0"],
  [0.001, "<0.1"],
  [0.05, "0.1"],
  [0.5, "0.5"],
  [1, "1"],
  [9.94, "9.9"],
  [9.96, "10"],
  [42.4, "42"],
  [999.4, "999"],
  [999.6, "1K"],
  [1234, "1.2K"],
  [12_345, "12K"],
  [999_600, "1M"],
  [1.25e9, "1.3G"],
  [4e12, "4T"],
  [1.8e19, "18000000T"],
];

for (const [value, text] of CASES) {
  Deno.test(`formatRate() writes ${value} as ${text}`, () => assert.equal(formatRate(value), text));
}
