import assert from "node:assert/strict";
import { interfaceIndex } from "../../../../core/host/mod.ts";

Deno.test("interfaceIndex() has the kernel's number of an interface, and none without such an interface", () => {
  assert.equal(interfaceIndex("lo"), 1);
  assert.equal(interfaceIndex("nosuch0"), undefined);
});

Deno.test("interfaceIndex() takes no path for an interface", () => {
  for (const name of ["", ".", "..", "../lo", "lo/../lo", "lo\n", "a".repeat(16)]) {
    assert.equal(interfaceIndex(name), undefined, name);
  }
});
