import assert from "node:assert/strict";
import { fitTerminal, inPlace } from "../../../../cli/terminal/live_view.ts";

Deno.test("inPlace() begins at the top, clears what it leaves of each line, and what is below", () => {
  assert.equal(inPlace("a\nb\n"), "\x1b[Ha\x1b[K\nb\x1b[K\n\x1b[J");
});

Deno.test("fitTerminal() cuts lines at the edge, and tells of those for which there is no room", () => {
  assert.equal(fitTerminal("abcdef\nb\n", { columns: 4, rows: 3 }), "abcd\nb\n");
  assert.equal(fitTerminal("a\nb\nc\nd\ne\n", { columns: 20, rows: 4 }), "a\nb\n(3 more lines)\n");
  assert.equal(fitTerminal("a\nb\n", { columns: 20, rows: 1 }), "(2 more lines)\n");
  assert.equal(fitTerminal("", { columns: 20, rows: 4 }), "");
});
