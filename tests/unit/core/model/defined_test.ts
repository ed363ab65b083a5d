import assert from "node:assert/strict";
import { defined } from "../../../../core/model/mod.ts";

Deno.test("defined() leaves out members that are undefined, and no others", () => {
  const members: { a: number; b?: string | undefined; c: null; d: boolean | undefined } = {
    a: 0,
    b: undefined,
    c: null,
    d: false,
  };
  const result: { a: number; b?: string; c: null; d?: boolean } = defined(members);
  assert.deepEqual(result, { a: 0, c: null, d: false });
  assert.equal(Object.hasOwn(result, "b"), false);
});
