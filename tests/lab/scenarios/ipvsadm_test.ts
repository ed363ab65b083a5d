/**
 * Every case of `tests/lab/ipvsadm/cases` with the real ipvsadm and with lvsctl: same output, same status, same table.
 *
 * @module
 */
import { strict as assert } from "node:assert";
import { caseNames, prepareGuest, readCase } from "../ipvsadm/cases.ts";
import { compare } from "../ipvsadm/comparison.ts";
import { Programs } from "../ipvsadm/programs.ts";

/** The issue's own measure. */
const FEWEST_CASES = 300;

Deno.test("the cases' devices and host names", prepareGuest);

Deno.test("ipvsadm and lvsctl do the same", async (t) => {
  await using installed = new Programs();
  for (const name of caseNames()) {
    await t.step(name.replaceAll("_", " "), async () => {
      const problems = await compare(readCase(name), { installed });
      assert.equal(problems.join("\n"), "");
    });
  }
});

Deno.test(`there are at least ${FEWEST_CASES} cases`, () => {
  const { length } = caseNames();
  assert.ok(length >= FEWEST_CASES, `${length} cases`);
});
