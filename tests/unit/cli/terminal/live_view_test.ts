import assert from "node:assert/strict";
import type { Io } from "../../../../cli/context/io.ts";
import { clearScreen, fitTerminal, showInPlace } from "../../../../cli/terminal/live_view.ts";

function shown(show: (io: Pick<Io, "control">) => void): readonly string[] {
  const writes: string[] = [];
  show({ control: (text, stream) => void writes.push(`${stream}: ${text}`) });
  return writes;
}

Deno.test("showInPlace() begins at the top, clears what it leaves of each line, and what is below", () => {
  assert.deepEqual(shown((io) => showInPlace(io, "a\nb\n")), ["out: \x1b[Ha\x1b[K\nb\x1b[K\n\x1b[J"]);
});

Deno.test("showInPlace() escapes control characters of its text", () => {
  assert.deepEqual(shown((io) => showInPlace(io, "a\x1b[2J\n")), ["out: \x1b[Ha\\u001b[2J\x1b[K\n\x1b[J"]);
});

Deno.test("clearScreen() clears the terminal", () => {
  assert.deepEqual(shown(clearScreen), ["out: \x1b[H\x1b[2J"]);
});

Deno.test("fitTerminal() cuts lines at the edge, and tells of those for which there is no room", () => {
  assert.equal(fitTerminal("abcdef\nb\n", { columns: 4, rows: 3 }), "abcd\nb\n");
  assert.equal(fitTerminal("a\nb\nc\nd\ne\n", { columns: 20, rows: 4 }), "a\nb\n(3 more lines)\n");
  assert.equal(fitTerminal("a\nb\n", { columns: 20, rows: 1 }), "(2 more lines)\n");
  assert.equal(fitTerminal("", { columns: 20, rows: 4 }), "");
});
