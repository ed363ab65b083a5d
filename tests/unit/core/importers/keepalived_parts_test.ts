import assert from "node:assert/strict";
import { expandBraces } from "../../../../core/importers/keepalived/included_paths.ts";
import { stripComment } from "../../../../core/importers/keepalived/lines.ts";
import { pcreRegex } from "../../../../core/importers/keepalived/pcre.ts";
import { escapedWords, plainWords } from "../../../../core/importers/keepalived/statement.ts";
import { Regex } from "../../../../core/regex/mod.ts";
import { hexBytes, replyPattern } from "../../../../core/importers/keepalived/udp.ts";

const texts = (words: readonly { readonly text: string }[]): string[] => words.map(({ text }) => text);

Deno.test("stripComment() ends a line as keepalived does", () => {
  const cases: readonly (readonly [string, string, number])[] = [
    ["  weight 1 # one", "weight 1", 3],
    ["! all of it", "", 1],
    ['path "/a#b" !c', 'path "/a#b"', 1],
    ["path '/a#b'", "path '/a", 1],
    ["path /a\\#b\\!c", "path /a#b!c", 1],
    ['"a\\"#b" # c', '"a\\"#b"', 1],
    ["\tx\t", "x", 2],
  ];
  for (const [raw, text, column] of cases) assert.deepEqual(stripComment(raw), { text, column }, raw);
});

Deno.test("plainWords() splits at quotes at the start of a word, without escapes", () => {
  assert.deepEqual(texts(plainWords(`path "a b"'c d' e\\.f`).words), ["path", "a b", "'c", "d'", "e\\.f"]);
  assert.deepEqual(plainWords('host "a'), {
    words: [{ text: "host", at: 0 }],
    isClosed: false,
  });
});

Deno.test("escapedWords() splits with quotes and escapes as in the manual", () => {
  assert.deepEqual(texts(escapedWords('abcd" efg h jkl "mnop').words), ["abcd efg h jkl mnop"]);
  assert.deepEqual(texts(escapedWords('abcd "efg h jkl" mnop').words), ["abcd", "efg h jkl", "mnop"]);
  assert.deepEqual(texts(escapedWords('\\x41\\101\\t\\\\\\d\\cA \\"x').words), ["AA\t\\d\x01", '"x']);
  assert.equal(escapedWords("'open").isClosed, false);
});

Deno.test("expandBraces() expands nested braces, up to its limit", () => {
  assert.deepEqual(expandBraces("{foo/{,cat,dog},bar}"), ["foo/", "foo/cat", "foo/dog", "bar"]);
  assert.deepEqual(expandBraces("plain"), ["plain"]);
  assert.equal(expandBraces("{a,b}".repeat(20)), undefined);
});

Deno.test("pcreRegex() matches letters of either case where regex_options says so", () => {
  const made = pcreRegex("^Up [a-f]+.", ["caseless", "dotall", "dupnames"]);
  assert.ok("regex" in made);
  const regex = new Regex(made.regex);
  for (const text of ["uP aBF\n", "UP f!"]) assert.equal(regex.test(text), true);
  for (const text of ["up g!", "xup a!"]) assert.equal(regex.test(text), false);
  assert.deepEqual(pcreRegex("x", ["ungreedy"]), { reason: "regex_options ungreedy has no counterpart" });
});

Deno.test("hexBytes() treats single digits as bytes", () => {
  assert.deepEqual(hexBytes(["Ab12f", "3", "456"]), ["Ab", "12", "0f", "03", "45", "06"]);
});

Deno.test("replyPattern() matches answers of a valid length with the expected first bytes", () => {
  const pattern = new Regex(replyPattern(["4F", "x1", "1x", "xx"], { min: 2, max: 6 }));
  for (const answer of ["O\x21", "O\xf1\x1f", "O\x01\x10\xff", "O\x01\x10\xff12"]) {
    assert.equal(pattern.test(answer), true);
  }
  for (const answer of ["", "O", "P\x21", "O\x20", "O\x21\x20", "O\x01\x10\xff123"]) {
    assert.equal(pattern.test(answer), false);
  }
  const any = new Regex(replyPattern([], { min: 1, max: 3 }));
  assert.deepEqual(["", "a", "\n\n\n", "abcd"].map((answer) => any.test(answer)), [false, true, true, false]);
  const long = new Regex(replyPattern(["4F"], { min: 3, max: 65535 }));
  assert.deepEqual(["OK", "OK!", `O${"x".repeat(9999)}`].map((answer) => long.test(answer)), [false, true, true]);
});
