/**
 * Every case of `tests/lab/ipvsadm/cases` with the real ipvsadm and with lvsctl: same output, same status, same table.
 *
 * @module
 */
import { strict as assert } from "node:assert";
import { type Case, parseCase } from "../ipvsadm/case_file.ts";
import { compare } from "../ipvsadm/comparison.ts";
import { InstalledPrograms } from "../ipvsadm/programs.ts";
import { mustRun } from "../namespace.ts";

const CASES = new URL("../ipvsadm/cases/", import.meta.url);

/** The issue's own measure. */
const FEWEST_CASES = 300;

Deno.test("the cases' devices", async () => {
  // Sync daemons multicast on eth0 unless they are told otherwise.
  await mustRun(["ip", "-batch", "-"], {
    stdin: "link add dev eth0 type dummy\nlink set dev eth0 up multicast on\naddr add 10.99.0.1/24 dev eth0\n" +
      "link add dev eth9 type dummy\nlink set dev eth9 up multicast on\naddr add 10.98.0.1/24 dev eth9\n",
  });
});

const names = [...Deno.readDirSync(CASES)].map(({ name }) => name).filter((name) => name.endsWith(".txt")).sort();

Deno.test("ipvsadm and lvsctl do the same", async (t) => {
  await using installed = new InstalledPrograms();
  for (const name of names) {
    await t.step(name.replace(/\.txt$/, "").replaceAll("_", " "), async () => {
      const problems = await compare(readCase(name), installed);
      assert.equal(problems.join("\n"), "");
    });
  }
});

Deno.test(`there are at least ${FEWEST_CASES} cases`, () => {
  assert.ok(names.length >= FEWEST_CASES, `${names.length} cases`);
});

function readCase(name: string): Case {
  return parseCase(Deno.readTextFileSync(new URL(name, CASES)));
}
