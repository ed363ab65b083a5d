import assert from "node:assert/strict";
import { countOf, messagesOf } from "./lint.ts";

const RULE = "help-grammar";
const PATH = "cli/commands/list.ts";

Deno.test("help-grammar reports capitals, periods and contractions in a line of help", () => {
  for (const text of ["Show the counters", "show the counters.", "don't show the counters"]) {
    for (
      const source of [
        `command.option("--stats", "${text}");`,
        `command.argument("<file>", "${text}");`,
        `new Option("--stats", "${text}");`,
        `const entry = { summary: "${text}" };`,
      ]
    ) assert.equal(countOf(RULE, source, PATH), 1, source);
  }
});

Deno.test("help-grammar accepts phrases, abbreviations and an ellipsis", () => {
  for (const text of ["show the counters", "IPv4 only", "names: rr, wrr ...", "VIPs; all if none is named"]) {
    assert.equal(countOf(RULE, `command.option("--stats", "${text}");`, PATH), 0, text);
  }
});

Deno.test("help-grammar keeps a summary on one line of the help", () => {
  assert.deepEqual(messagesOf(RULE, `const entry = { summary: "${"a".repeat(66)}" };`, PATH), [
    "a summary has at most 65 characters, one line of the help: this has 66",
  ]);
  assert.equal(countOf(RULE, `const entry = { summary: "${"a".repeat(65)}" };`, PATH), 0);
});

Deno.test("help-grammar leaves ipvsadm's help and core alone", () => {
  const source = `command.option("--stats", "Show.");`;
  for (const path of ["cli/ipvsadm/help.ts", "core/model/a.ts"]) assert.equal(countOf(RULE, source, path), 0, path);
});
