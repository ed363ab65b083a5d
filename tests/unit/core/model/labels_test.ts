import assert from "node:assert/strict";
import { EXIT, LvsctlError } from "../../../../core/errors/mod.ts";
import { formatLabels, parseLabels } from "../../../../core/model/mod.ts";

Deno.test("parseLabels() reads labels that formatLabels() writes in the order of their keys", () => {
  assert.deepEqual(formatLabels(parseLabels(["site=fra-1", "role=edge", "role=edge"])), ["role=edge", "site=fra-1"]);
  assert.deepEqual(formatLabels(parseLabels([])), []);
});

Deno.test("parseLabels() refuses another form, and a key with two values", () => {
  for (const text of ["", "role", "role=", "=edge", "1=2", "role=a b", "role=a=b", "role = edge", "r\u001b=1"]) {
    assert.throws(() => parseLabels([text]), (error) => error instanceof LvsctlError && error.exitCode === EXIT.usage);
  }
  assert.throws(() => parseLabels(["role=edge", "role=core"]), /Cannot use the label role=core: role is edge already/);
});
