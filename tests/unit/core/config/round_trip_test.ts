import assert from "node:assert/strict";
import fc from "fast-check";
import { readCanonical } from "../../../../core/config/canonical/read_canonical.ts";
import { ConfigError, formatState, parseConfig } from "../../../../core/config/mod.ts";
import { parseYamlConfig } from "../../../../core/config/read_config.ts";
import type { DesiredState } from "../../../../core/model/mod.ts";
import { desiredOf, KERNEL_STATE } from "./arbitrary_state.ts";
import { applyEdit, EDIT } from "./edits.ts";

const SEED = 20260101;
/** Number of runs; more than the default takes minutes, and is for changes of the canonical form. */
const RUNS = Number(Deno.env.get("LVSCTL_TEST_RUNS") ?? 300);

/** The full reader's result; undefined if it finds problems. */
async function readFully(text: string): Promise<DesiredState | undefined> {
  try {
    return await parseYamlConfig(text, { file: "test.yaml" });
  } catch (error) {
    if (error instanceof ConfigError) return undefined;
    throw error;
  }
}

Deno.test("formatState and the full reader round-trip", async () => {
  await fc.assert(
    fc.asyncProperty(KERNEL_STATE, async (state) => {
      assert.deepEqual(await parseYamlConfig(formatState(state), { file: "-" }), desiredOf(state));
    }),
    { seed: SEED, numRuns: RUNS },
  );
});

Deno.test("formatState and readCanonical round-trip", () => {
  fc.assert(
    fc.property(KERNEL_STATE, (state) => assert.deepEqual(readCanonical(formatState(state)), desiredOf(state))),
    { seed: SEED, numRuns: RUNS },
  );
});

Deno.test("readCanonical returns undefined or the full reader's state for edited texts", async () => {
  let accepted = 0;
  await fc.assert(
    fc.asyncProperty(KERNEL_STATE, fc.array(EDIT, { minLength: 1, maxLength: 3 }), async (state, edits) => {
      const text = edits.reduce(applyEdit, formatState(state));
      const canonical = readCanonical(text);
      if (canonical === undefined) return;
      accepted++;
      assert.deepEqual(canonical, await readFully(text));
    }),
    { seed: SEED, numRuns: RUNS * 10 },
  );
  // Some edits (a digit, the order of lines) must leave a canonical text, or the test would compare nothing.
  assert.ok(accepted > RUNS / 10, `only ${accepted} were accepted`);
});

Deno.test("parseConfig throws only ConfigError for arbitrary text", async () => {
  const text = fc.oneof(
    fc.string({ unit: "binary", maxLength: 200 }),
    fc.tuple(KERNEL_STATE, fc.array(EDIT, { minLength: 1, maxLength: 6 })).map(([state, edits]) =>
      edits.reduce(applyEdit, formatState(state))
    ),
  );
  await fc.assert(
    fc.asyncProperty(text, async (body) => {
      try {
        await parseConfig(body, { file: "test.yaml" });
      } catch (error) {
        assert.ok(error instanceof ConfigError, String(error));
        assert.ok(error.problems.length > 0);
        assert.equal(error.message.split("\n").length, error.problems.length);
      }
    }),
    { seed: SEED, numRuns: RUNS * 3 },
  );
});
