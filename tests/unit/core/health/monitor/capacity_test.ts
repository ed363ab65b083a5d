import assert from "node:assert/strict";
import { capacityWithin, DEFAULT_CONCURRENCY, probeCapacity } from "../../../../../core/health/monitor/capacity.ts";

function limits(soft: string): string {
  return `Limit                     Soft Limit           Hard Limit           Units     
Max core file size        0                    unlimited            bytes     
Max open files            ${soft.padEnd(20)} 1048576              files     
`;
}

for (
  const [soft, capacity] of [
    ["1024", 896],
    ["4096", 3968],
    ["1048576", 20_000],
    ["unlimited", 20_000],
    ["128", 64],
    ["16", 8],
    ["1", 1],
  ] as const
) {
  Deno.test(`capacityWithin() gives ${capacity} of ${soft} file descriptors`, () => {
    assert.equal(capacityWithin(limits(soft)), capacity);
  });
}

Deno.test("capacityWithin() has a number where the limit cannot be read", () => {
  assert.equal(capacityWithin(""), DEFAULT_CONCURRENCY);
});

Deno.test("probeCapacity() reads this process's limit", () => {
  assert.ok(probeCapacity() >= 1);
});
