import assert from "node:assert/strict";
import { constants } from "node:os";
import { ERRNO, errnoName } from "../../../../core/netlink/mod.ts";

Deno.test("ERRNO has the C library's numbers", () => {
  const numbers: Readonly<Record<string, number>> = constants.errno;
  for (const [name, number] of Object.entries(ERRNO)) {
    assert.equal(number, numbers[name], name);
    assert.equal(errnoName(number), name);
  }
});

Deno.test("errnoName() returns the number of an errno without a name", () => {
  assert.equal(errnoName(200), "errno 200");
  assert.equal(errnoName(0), "errno 0");
});
