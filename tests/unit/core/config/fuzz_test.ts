import assert from "node:assert/strict";
import fc from "fast-check";
import { ConfigError, readConfig } from "../../../../core/config/mod.ts";
import { surroundingsOf } from "../../../support/surroundings.ts";
import { applyEdit, EDIT } from "./edits.ts";

const SEED = 20260104;
const RUNS = Number(Deno.env.get("LVSCTL_TEST_RUNS") ?? 1000);

const GOOD = new URL("../../../fixtures/config/good/", import.meta.url);
const INCLUDED = new URL("../../../fixtures/config/included/", import.meta.url);

function texts(folder: URL): Readonly<Record<string, string>> {
  const names = [...Deno.readDirSync(folder)].map(({ name }) => name).filter((name) => name.endsWith(".yaml")).sort();
  return Object.fromEntries(names.map((name) => [name, Deno.readTextFileSync(new URL(name, folder))]));
}

const FILES = texts(INCLUDED);

Deno.test("readConfig throws only ConfigError for arbitrary files, included files and surroundings", async () => {
  const files = fc.constantFrom(...Object.values(texts(GOOD)));
  const edits = fc.array(EDIT, { maxLength: 3 });
  let accepted = 0;
  await fc.assert(
    fc.asyncProperty(
      files,
      edits,
      fc.constantFrom(...Object.keys(FILES)),
      edits,
      async (text, changes, other, more) => {
        const included = { ...FILES, [other]: more.reduce(applyEdit, FILES[other] ?? "") };
        const world = surroundingsOf({
          files: Object.fromEntries(Object.entries(included).map(([name, each]) => [`included/${name}`, each])),
          variables: { WEIGHT: "3", ADDRESS: "192.0.2.10", EMPTY: "", A: "${A}", DIGITS: "12345" },
          hosts: { "one.example": ["10.0.0.11"], "many.example": ["10.0.0.12", "2001:db8::12"], "web.example": [] },
        });
        try {
          const { warnings } = await readConfig(changes.reduce(applyEdit, text), {
            ...world,
            file: "test.yaml",
            lint: { expiresQuiescentTemplates: false, addresses: new Set() },
          });
          assert.ok(warnings.every(({ line, column, message }) => line > 0 && column > 0 && !message.includes("\n")));
          accepted++;
        } catch (error) {
          assert.ok(error instanceof ConfigError, error instanceof Error ? error.stack : String(error));
          assert.ok(error.problems.length > 0);
          assert.equal(error.message.split("\n").length, error.problems.length);
          assert.ok(error.problems.every(({ line, column }) => line > 0 && column > 0));
        }
      },
    ),
    { seed: SEED, numRuns: RUNS },
  );
  assert.ok(accepted > RUNS / 10 && accepted < RUNS, `${accepted} of ${RUNS} were accepted`);
});
