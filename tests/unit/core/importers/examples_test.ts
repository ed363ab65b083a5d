import assert from "node:assert/strict";
import { loadLdirectord } from "../../../../core/importers/mod.ts";
import { WORLD } from "./import_fixtures.ts";

const EXAMPLES = new URL("../../../../examples/import/", import.meta.url);

Deno.test("examples/import/ldirectord.yaml is the complete conversion of ldirectord.cf", async () => {
  const { importLdirectord } = await loadLdirectord();
  const text = Deno.readTextFileSync(new URL("ldirectord.cf", EXAMPLES));
  const imported = await importLdirectord({ file: "ldirectord.cf", text }, WORLD);
  assert.deepEqual(imported.unmapped, []);
  assert.equal(imported.text, Deno.readTextFileSync(new URL("ldirectord.yaml", EXAMPLES)));
});
