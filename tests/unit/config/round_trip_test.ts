import assert from "node:assert/strict";
import fc from "fast-check";
import { readCanonical } from "../../../core/config/canonical.ts";
import { ConfigError, formatState, parseConfig } from "../../../core/config/mod.ts";
import { parseYamlConfig } from "../../../core/config/parse_config.ts";
import type { DesiredState } from "../../../core/model/mod.ts";
import { desiredOf, KERNEL_STATE } from "./arbitrary_state.ts";

const SEED = 20260101;
/** More than the default takes minutes; it is for whoever changes the canonical form. */
const RUNS = Number(Deno.env.get("LVSCTL_TEST_RUNS") ?? 300);

/** What the full reader makes of a text; undefined where it finds problems. */
async function readFully(text: string): Promise<DesiredState | undefined> {
  try {
    return await parseYamlConfig(text, { file: "test.yaml" });
  } catch (error) {
    if (error instanceof ConfigError) return undefined;
    throw error;
  }
}

const SNIPPETS = [
  ..." \n\t#:,-{}[]\"'\\&*!|>%@~?.0123456789aeglnotruxyz\u00e9\ufeff\r\u2028",
  "  ",
  "    ",
  "\r\n",
  "---\n",
  "...\n",
  "- ",
  ": ",
  ", ",
  " #",
  "\\n",
  '""',
  "null",
  "true",
  "yes",
  "tun",
  "nat",
  "local",
  "gate",
  "gue",
  "ipip",
  "remcsum",
  "00",
  "01",
  "0x10",
  "1e3",
  "-1",
  "1.5",
  "1500ms",
  "32d",
  "60s",
  "0s",
  "1m30s",
  "256",
  "65536",
  "2147483648",
  "4294967296",
  "::",
  "::1",
  "0:0",
  "[::1]:80",
  "10.0.0.1",
  "udp",
  "sctp",
  "fwmark6:7",
  "weight: 1",
  ", weight: 2",
  ", forward: dr",
  ", port: 1",
  "    one_packet: true\n",
  "    forward: tun\n",
  "    servers:\n",
  "services:\n",
  "services: []\n",
  "$",
  "$$",
  "${A}",
  "${A:-b}",
  "[1-2]",
  "web.example",
  "defaults: { weight: 2 }\n",
  "include: a\n",
];

/** A change of a text: of characters, of a word, or of whole lines. */
const EDIT = fc.record({
  kind: fc.constantFrom("insert", "delete", "replace", "word", "deleteLine", "copyLine", "swapLines", "cut"),
  at: fc.nat(),
  to: fc.nat(),
  length: fc.integer({ min: 1, max: 4 }),
  snippet: fc.constantFrom(...SNIPPETS),
});

type Edit = typeof EDIT extends fc.Arbitrary<infer T> ? T : never;

function applyEdit(text: string, edit: Edit): string {
  const at = edit.at % (text.length + 1);
  const lines = text.split("\n");
  const [line, other] = [edit.at % lines.length, edit.to % lines.length];
  switch (edit.kind) {
    case "insert":
      return text.slice(0, at) + edit.snippet + text.slice(at);
    case "delete":
      return text.slice(0, at) + text.slice(at + edit.length);
    case "replace":
      return text.slice(0, at) + edit.snippet + text.slice(at + edit.length);
    case "word": {
      const words = [...text.matchAll(/[\w.:]+/g)];
      const word = words[edit.at % words.length];
      return text.slice(0, word?.index) + edit.snippet + text.slice((word?.index ?? 0) + (word?.[0].length ?? 0));
    }
    case "deleteLine":
      return lines.toSpliced(line, 1).join("\n");
    case "copyLine":
      return lines.toSpliced(other, 0, lines[line] ?? "").join("\n");
    case "swapLines":
      return lines.with(line, lines[other] ?? "").with(other, lines[line] ?? "").join("\n");
    default:
      return text.slice(0, at);
  }
}

Deno.test("formatState loses nothing: the full reader gives the same state", async () => {
  await fc.assert(
    fc.asyncProperty(KERNEL_STATE, async (state) => {
      assert.deepEqual(await parseYamlConfig(formatState(state), { file: "-" }), desiredOf(state));
    }),
    { seed: SEED, numRuns: RUNS },
  );
});

Deno.test("readCanonical reads every text of formatState, and gives the same state", () => {
  fc.assert(
    fc.property(KERNEL_STATE, (state) => assert.deepEqual(readCanonical(formatState(state)), desiredOf(state))),
    { seed: SEED, numRuns: RUNS },
  );
});

Deno.test("readCanonical gives up or agrees with the full reader, however a text was edited", async () => {
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
  // Some edits (a digit, the order of lines) leave a canonical text: otherwise nothing was tested.
  assert.ok(accepted > RUNS / 10, `only ${accepted} were accepted`);
});

Deno.test("parseConfig throws nothing but ConfigError, whatever the text", async () => {
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
