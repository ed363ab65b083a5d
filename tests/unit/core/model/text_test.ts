import assert from "node:assert/strict";
import { replaceUnfit } from "../../../../core/model/mod.ts";

Deno.test("replaceUnfit() replaces adjacent characters together, and keeps all other text", () => {
  const seen: string[] = [];
  const text = replaceUnfit("a\r\n\u202eb \u00e9\u{1f600}\ufeffc\u0085", (unfit) => {
    seen.push(unfit);
    return "?";
  });
  assert.equal(text, "a?b \u00e9\u{1f600}?c?");
  assert.deepEqual(seen, ["\r\n\u202e", "\ufeff", "\u0085"]);
});

const UNFIT = [
  "\0",
  "\t",
  "\x1b",
  "\x7f",
  "\u009b",
  "\u200e",
  "\u2028",
  "\u202a",
  "\u2066",
  "\u2069",
  "\ufffe",
  "\uffff",
];

for (const character of UNFIT) {
  const code = character.charCodeAt(0).toString(16).padStart(4, "0");
  Deno.test(`replaceUnfit() finds U+${code}`, () => assert.equal(replaceUnfit(`a${character}b`, () => ""), "ab"));
}
