import assert from "node:assert/strict";
import { countOf } from "./lint.ts";

Deno.test("pattern-boundary reports regular expressions of JavaScript whose text is not a constant", () => {
  for (
    const source of [
      "new RegExp(pattern);",
      'RegExp(pattern, "i");',
      "new globalThis.RegExp(check.regex);",
      "new RegExp(`^${name}$`);",
      'new RegExp("^" + name);',
      "new RegExp();",
      "const Pattern = RegExp;",
      "text.match(pattern);",
      "text.matchAll(check.regex);",
      "text.search(`${name}:`);",
      'text["match"](pattern);',
    ]
  ) assert.equal(countOf("pattern-boundary", source), 1, source);
});

Deno.test("pattern-boundary accepts constants, and files outside of the program", () => {
  for (
    const source of [
      'new RegExp("^a+$");',
      'new RegExp(PATTERN, "y");',
      "new RegExp(`^${NAME}(?:,${NAME})*$`);",
      "new RegExp(String.raw`^${HOST}\\s`);",
      "text.match(/a+/g);",
      'text.match("a+");',
      "text.matchAll(GROUP);",
      'text.match(new RegExp(PATTERN, "g"));',
      "text.replaceAll(name, value);",
      "value instanceof RegExp;",
    ]
  ) assert.equal(countOf("pattern-boundary", source), 0, source);
  assert.equal(countOf("pattern-boundary", "new RegExp(pattern);", "tests/unit/a_test.ts"), 0);
});
