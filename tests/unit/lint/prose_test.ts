import assert from "node:assert/strict";
import { proseProblems } from "../../lint/prose.ts";

Deno.test("proseProblems() gives the line, the column and the advice", () => {
  assert.deepEqual(proseProblems("# Title\n\nThe file in force.\n"), [
    { line: 3, column: 10, message: '"in force" is not plain English: say "active"' },
  ]);
});

Deno.test("proseProblems() reads across the lines of a paragraph, but not across paragraphs, items and rows", () => {
  assert.equal(proseProblems("The file in\nforce.\n").length, 1);
  for (const next of ["\n\nforce", "\n- force", "\n| force", "\n2. force", "\n# force"]) {
    assert.deepEqual(proseProblems(`The file in${next}`), [], next);
  }
});

Deno.test("proseProblems() leaves out code and the targets of links", () => {
  assert.deepEqual(proseProblems("```\nthe file in force\n```\n"), []);
  assert.deepEqual(proseProblems("  ```sh\n  lvsctl # in force\n  ```\n"), []);
  assert.deepEqual(proseProblems("Write `in force` and [a link](in-force.md#nobody).\n"), []);
});
