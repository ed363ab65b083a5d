import assert from "node:assert/strict";
import { cutEnd, cutMiddle, padText, textWidth, wrapText } from "../../../../cli/terminal/text_width.ts";

Deno.test("textWidth() counts the columns of a terminal: wide characters have two, marks none", () => {
  const widths: Readonly<Record<string, number>> = {
    "": 0,
    "10.0.0.1:80": 11,
    "\u00fcber": 4,
    "u\u0308ber": 4,
    "\u30b5\u30fc\u30d0": 6,
    "\uc11c\ubc84": 4,
    "\uff41": 2,
    "\u{1f525}": 2,
    "\u2705": 2,
    "a\u200bb": 2,
    "\u2026": 1,
  };
  for (const [text, width] of Object.entries(widths)) assert.equal(textWidth(text), width, text);
});

Deno.test("cutEnd() and cutMiddle() keep what fits, and are never wider than they may be", () => {
  assert.equal(cutEnd("connection refused", 12), "connection..");
  assert.equal(cutEnd("refused", 7), "refused");
  assert.equal(cutMiddle("[2001:db8::11]:8080", 14), "[2001:..]:8080");
  assert.equal(cutMiddle("10.0.0.1:80", 11), "10.0.0.1:80");
  for (const text of ["abcdefghij", "\u30b5\u30fc\u30d0\u30fc\u30b5\u30fc", "a\u30b5b\u30fcc\u30d0d"]) {
    for (let width = 0; width < 14; width++) {
      for (const cut of [cutEnd(text, width), cutMiddle(text, width)]) {
        assert.ok(textWidth(cut) <= width, `${JSON.stringify(cut)} in ${width}`);
      }
    }
  }
});

Deno.test("padText() fills up columns, not characters", () => {
  assert.equal(padText("\u30b5", { width: 4, align: "left" }), "\u30b5  ");
  assert.equal(padText("12", { width: 4, align: "right" }), "  12");
  assert.equal(padText("12345", { width: 4, align: "right" }), "12345");
});

Deno.test("wrapText() breaks between words, indents what follows, and loses no word", () => {
  assert.deepEqual(wrapText("+ add real server 10.0.0.1:80 of web", { width: 20, indent: 4 }), [
    "+ add real server",
    "    10.0.0.1:80 of",
    "    web",
  ]);
  assert.deepEqual(wrapText("short", { width: 20, indent: 4 }), ["short"]);
  assert.deepEqual(wrapText("abcdefghij klm", { width: 6, indent: 2 }), ["abcdef", "  ghij", "  klm"]);
});

Deno.test("wrapText() ends for every text and width, with lines no wider than that", () => {
  for (const text of ["", " ", "    indented text", "\u30b5\u30fc\u30d0\u30fc", "a  b   c", "x".repeat(100)]) {
    for (let width = 2; width < 12; width++) {
      for (const indent of [0, 4, 20]) {
        const lines = wrapText(text, { width, indent });
        assert.ok(lines.every((line) => textWidth(line) <= width), JSON.stringify({ text, width, indent, lines }));
        assert.equal(lines.join("").replaceAll(" ", ""), text.replaceAll(" ", ""));
      }
    }
  }
});
