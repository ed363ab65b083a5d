import assert from "node:assert/strict";
import { keysIn } from "../../../../cli/terminal/keys.ts";

/** The names of keys. */
function names(text: string): readonly string[] {
  return keysIn(text).map((key) => "name" in key ? key.name : key.character);
}

Deno.test("keysIn() knows the keys of xterm, of application mode and of the Linux console", () => {
  assert.deepEqual(names("\x1b[A\x1bOA\x1b[B\x1b[5~\x1b[6~"), ["up", "up", "down", "page-up", "page-down"]);
  assert.deepEqual(names("\x1b[H\x1b[1~\x1bOH\x1b[F\x1b[4~\x1bOF"), ["home", "home", "home", "end", "end", "end"]);
  assert.deepEqual(names("q/\r\x7f\x1b"), ["q", "/", "enter", "backspace", "escape"]);
});

Deno.test("keysIn() takes other sequences and control characters for no key, and characters of any alphabet for one", () => {
  assert.deepEqual(names("\x1b[200~\x1b[1;5C\x01\x00"), []);
  assert.deepEqual(names("\u30b5\u{1f525}"), ["\u30b5", "\u{1f525}"]);
});
