import assert from "node:assert/strict";
import fc from "fast-check";
import { errorLine, forTerminal, oneLine, printable, replaceUnfit, visible } from "../../../../core/model/mod.ts";
import { PROPERTY } from "../../../support/arbitraries.ts";

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
  "\ud800",
  "\udc00",
  "\u061c",
];

for (const character of UNFIT) {
  const code = character.charCodeAt(0).toString(16).padStart(4, "0");
  Deno.test(`replaceUnfit() finds U+${code}`, () => assert.equal(replaceUnfit(`a${character}b`, () => ""), "ab"));
}

/** Text with many control characters, marks of direction and halves of characters. */
const FOREIGN = fc.array(
  fc.oneof(fc.constantFrom(...UNFIT, "\n", "\r", "\\", '"', "\u{1f600}"), fc.string({ unit: "binary", maxLength: 5 })),
).map((parts) => parts.join(""));

Deno.test("visible() writes unfit characters as JSON does", () => {
  assert.equal(visible("a\n\t\x1b[31m\x9b\u202e\ud800-\u{1f600}"), "a\\n\\t\\u001b[31m\\u009b\\u202e\\ud800-\u{1f600}");
});

Deno.test("visible() leaves nothing unfit, changes no other text, and is idempotent", () => {
  fc.assert(
    fc.property(FOREIGN, (text) => {
      const shown = visible(text);
      assert.equal(replaceUnfit(shown, () => ""), shown);
      assert.equal(visible(shown), shown);
      const rest = replaceUnfit(text, () => "");
      assert.equal(visible(rest), rest);
    }),
    PROPERTY,
  );
});

Deno.test("forTerminal() lets only tab and line feed through", () => {
  assert.equal(forTerminal("a\tb\r\n\x1b]0;x\x07"), "a\tb\\r\n\\u001b]0;x\\u0007");
  fc.assert(
    fc.property(FOREIGN, (text) => {
      assert.equal(replaceUnfit(forTerminal(text), (unfit) => unfit.replace(/[\t\n]/g, "")).includes("\x1b"), false);
      assert.doesNotMatch(forTerminal(text), /(?![\t\n])[\p{Cc}\p{Cs}\u2028-\u202e]/u);
    }),
    PROPERTY,
  );
});

Deno.test("forTerminal() leaves JSON the same JSON", () => {
  fc.assert(
    fc.property(FOREIGN, (text) => {
      const value = { [text]: [text] };
      assert.deepEqual(JSON.parse(forTerminal(JSON.stringify(value))), JSON.parse(JSON.stringify(value)));
      assert.deepEqual(JSON.parse(forTerminal(JSON.stringify(value, null, 2))), JSON.parse(JSON.stringify(value)));
    }),
    PROPERTY,
  );
});

Deno.test("oneLine() cuts long text, and printable() leaves ASCII", () => {
  assert.equal(oneLine("\n".repeat(1000)), `${"\\n".repeat(597)}...`);
  assert.equal(printable("caf\u00e9\x1b"), "caf..");
});

Deno.test("errorLine() cuts the middle of a very long line, and no character in two", () => {
  assert.equal(errorLine("x".repeat(900)), "x".repeat(900));
  const line = errorLine(`Cannot read ${"\u{1f600}".repeat(100_000)}: it does not exist`);
  assert.equal(line.length, 900);
  assert.match(line, /^Cannot read .*\.\.\..*: it does not exist$/u);
  assert.ok(line.isWellFormed());
});
