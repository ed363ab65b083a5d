import assert from "node:assert/strict";
import { documentationProblems } from "../../lint/documentation.ts";

/** A problem, as `deno doc --lint` prints it. */
function printed(code: string, message: string, place: string): string {
  return `error[${code}]: ${message}\n  --> ${place}\n   | \n12 | export const A = 1;\n   | ^\n\n`;
}

const MISSING = ["missing-jsdoc", "exported symbol is missing JSDoc documentation"] as const;

Deno.test("documentationProblems() gives code, message and place of each problem", () => {
  const output = printed(...MISSING, "/repository/core/model/address.ts:12:1") +
    printed("private-type-ref", "public type 'a' references private type 'B'", "/repository/cli/main.ts:3:4") +
    "error: Found 2 documentation lint errors.\n";
  assert.deepEqual(documentationProblems(output, "/repository"), [
    {
      code: "missing-jsdoc",
      message: "exported symbol is missing JSDoc documentation",
      place: "core/model/address.ts:12:1",
    },
    { code: "private-type-ref", message: "public type 'a' references private type 'B'", place: "cli/main.ts:3:4" },
  ]);
});

Deno.test("documentationProblems() leaves out libraries and files outside the repository", () => {
  for (const place of ["/repository/node_modules/yaml/dist/index.d.ts:1:1", "/usr/lib/deno/lib.d.ts:1:1"]) {
    assert.deepEqual(documentationProblems(printed(...MISSING, place), "/repository"), [], place);
  }
});

Deno.test("documentationProblems() accepts values without an explicit type where the value is the type", () => {
  const problem = ["missing-explicit-type", "exported symbol is missing an explicit type annotation"] as const;
  const count = (place: string): number =>
    documentationProblems(printed(...problem, `/repository/${place}:1:1`), "/repository").length;
  assert.equal(count("core/config/schema/check_fields.ts"), 0);
  assert.equal(count("core/importers/keepalived/definitions.ts"), 0);
  assert.equal(count("core/model/address.ts"), 1);
  assert.equal(documentationProblems(printed(...MISSING, "core/config/schema/a.ts:1:1"), "/repository").length, 1);
});

Deno.test("documentationProblems() finds nothing in the output of a clean run", () => {
  assert.deepEqual(documentationProblems("Checked 525 files\n", "/repository"), []);
});
