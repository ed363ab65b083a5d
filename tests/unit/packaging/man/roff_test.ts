import assert from "node:assert/strict";
import { bold, escapeText, manualPage, paragraph, tagged, term } from "../../../../packaging/man/roff.ts";

Deno.test("escapeText: roff prints backslashes, hyphens, quotes and a leading period as they are", () => {
  assert.equal(escapeText("a\\b --c 'd' `e` ~^"), "a\\eb \\-\\-c \\(aqd\\(aq \\(gae\\(ga \\(ti\\(ha");
  assert.equal(escapeText(".SH\n.TH"), "\\&.SH\n\\&.TH");
  assert.equal(escapeText("'br"), "\\(aqbr");
});

Deno.test("paragraph: each sentence begins a line, no line is long, and words keep their hyphens", () => {
  assert.deepEqual(paragraph("A well-known rule. It holds with -x."), [
    ".PP",
    "A well-known rule.",
    "It holds with \\-x.",
  ]);
  const lines = paragraph("word ".repeat(40));
  assert.equal(lines.slice(1).join(" "), "word ".repeat(40).trim());
  assert.ok(lines.every((line) => line.length <= 78));
});

Deno.test("term: what is typed is bold, what stands for another text is italic", () => {
  assert.equal(term("-o, --output <format>"), "\\fB\\-o\\fR, \\fB\\-\\-output\\fR \\fIformat\\fR");
  assert.equal(term("--count [number]"), "\\fB\\-\\-count\\fR [\\fInumber\\fR]");
  assert.deepEqual(tagged(bold("-x"), "exact"), [".TP", "\\fB\\-x\\fR", "exact"]);
});

Deno.test("manualPage: only the first paragraph of a section has no macro", () => {
  const { text } = manualPage({ name: "x", section: 8 }, [".SH A", ".PP", "one", ".PP", "two"]);
  assert.equal(text, ".SH A\none\n.PP\ntwo\n");
});
