import assert from "node:assert/strict";
import { splitLines } from "../../../../../cli/commands/batch/words.ts";

/** The lines of a text, as `NUMBER: word|word`. */
function split(text: string): string[] {
  return splitLines(text, "file").map(({ number, words }) => `${number}: ${words.join("|")}`);
}

const CASES: readonly (readonly [string, string, readonly string[]])[] = [
  ["words and blank lines", "a b\n\n  c\td  \r\n \n", ["1: a|b", "3: c|d"]],
  ["spaces at both ends and between", " a b\nc  d\ne f \ng h\n", ["1: a|b", "2: c|d", "3: e|f", "4: g|h"]],
  ["other spaces, which belong to words", "a\u00a0b c\vd\n", ["1: a\u00a0b|c\vd"]],
  ["no line end at the end", "a\nb", ["1: a", "2: b"]],
  ["comments", "# a\na # b\na#b c\n#", ["2: a", "3: a#b|c"]],
  ["single quotes", `a 'b c' '' 'd"\\'`, ['1: a|b c||d"\\']],
  ["double quotes", `"a b" "" "c\\"d" "\\\\ \\x \\$"`, ['1: a b||c"d|\\ \\x $']],
  ["quotes inside a word", `--reason='a b'"c d"e`, ["1: --reason=a bc de"]],
  ["backslashes", "a\\ b c\\#d \\'e", ["1: a b|c#d|'e"]],
  ["no expansion", "$HOME *.txt ~ `id`", ["1: $HOME|*.txt|~|`id`"]],
  ["continued lines", "a \\\n b\nc\\\nd\ne", ["1: a|b", "3: cd", "5: e"]],
  ["quotes over lines", "a 'b\nc'\nd", ["1: a|b\nc", "3: d"]],
  ["a brackets address", "tcp://[2001:db8::1]:80", ["1: tcp://[2001:db8::1]:80"]],
  ["nothing", "", []],
];

for (const [name, text, expected] of CASES) {
  Deno.test(`splitLines() reads ${name}`, () => {
    assert.deepEqual(split(text), expected);
  });
}

Deno.test("splitLines() refuses a quote that is not closed, with its line", () => {
  for (const text of ["a\nb 'c\nd", 'a\nb "c\\"\n']) {
    assert.throws(() => split(text), /^LvsctlError: file:2: a quote is not closed$/);
  }
});
