import assert from "node:assert/strict";
import { waitTime } from "../../../../core/ffi/wait_time.ts";

Deno.test("waitTime() gives whole milliseconds, rounded up, and none that an int cannot hold", () => {
  assert.deepEqual([0, 0.001, 999.2, 1000].map(waitTime), [0, 1, 1000, 1000]);
  assert.deepEqual([2 ** 31 - 1, 2 ** 31, Number.MAX_VALUE].map(waitTime), [2147483647, 2147483647, 2147483647]);
});

Deno.test("waitTime() gives -1 for a wait without a limit", () => {
  assert.deepEqual([Infinity, -1].map(waitTime), [-1, -1]);
});
