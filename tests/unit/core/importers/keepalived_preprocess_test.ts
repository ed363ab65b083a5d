import assert from "node:assert/strict";
import { preprocess } from "../../../../core/importers/keepalived/preprocess.ts";
import { decodeBytes, rawByteIn } from "../../../../core/importers/foreign_bytes.ts";
import { Report } from "../../../../core/importers/imported.ts";
import { importWorld } from "./import_fixtures.ts";

/** The lines that keepalived 2.2.7 makes of a file, and whether the importer reports something. */
interface Case {
  readonly text: string;
  readonly lines: readonly string[];
  readonly files?: Readonly<Record<string, string>>;
  readonly isReported?: boolean;
}

/** Seen in the messages of keepalived 2.2.7 about unknown words. */
const CASES: Readonly<Record<string, Case>> = {
  "a parameter within the numbers of a sequence": {
    text: "$FIRST=11\n$LAST=13\n$RS=real 10.0.0.${N}\n~SEQ(N,$FIRST,$LAST) $RS\n",
    lines: ["real 10.0.0.11", "real 10.0.0.12", "real 10.0.0.13"],
  },
  "a parameter with the whole list of a sequence": { text: "$U=1,2\n~SEQ(Z,$U) a${Z}\n", lines: ["a1", "a2"] },
  "numbers as in C": { text: "~SEQ(Z,010,0xa) $Z\n", lines: ["8", "9", "10"] },
  "sequences within sequences": {
    text: "~SEQ(Z,1,2) ~SEQ(Y,$Z,3) $Z $Y\n",
    lines: ["1 1", "1 2", "1 3", "2 2", "2 3"],
  },
  "a sequence whose step leads away": { text: "~SEQ(Z,1,-1,9) $Z\nb\n", lines: ["b"], isReported: true },
  "a list of pairs with an empty value": { text: "~LST({A,B},{a,b},{,d}) x${A}y$B\n", lines: ["xayb", "xyd"] },
  "a list with a blank in a value": { text: "~LST(A,a b) $A\n", lines: [], isReported: true },
  "a parameter in a list, replaced later": { text: "$P=x\n~LST(B,$P,y) ${B} z\n", lines: ["x z", "y z"] },
  "another word after ~": { text: "~seq(Z,1,2) b\n", lines: ["~seq(Z,1,2) b"] },
  "parameters only before blanks, commas and parentheses": {
    text: "$A=1\nv$A,q v$A/q ${A}/q $A.\n",
    lines: ["v1,q v$A/q 1/q $A."],
  },
  "a blank within the braces of a parameter": { text: "$A=1\n${A }\n", lines: ["1", "}"] },
  "parameters of parameters at the time of use": { text: "$F=${A}\n$A=1\n$F\n$A=2\n$F\n", lines: ["1", "2"] },
  "an unknown parameter": { text: "$UNKNOWN ${_ENV HOME}\n", lines: ["$UNKNOWN $", "{", "_ENV HOME", "}"] },
  "values of several lines only at the end of a line": {
    text: "$M= \\\n a \\\n b\nx $M\n$M x\n${M}\n",
    lines: ["x a", "b", "$M x", "a", "b"],
  },
  "a value of several lines that ends at an empty line": { text: "$M= \\\n a \\\n\nb\n$M\n", lines: ["b", "a"] },
  "a comment in a value of several lines": { text: "$M= \\\n a \\\n # c \\\n b\n$M\n", lines: ["a", "b"] },
  "a continued line outside of definitions": { text: "a \\\nb\n", lines: ["a\\", "b"] },
  "conditions of this machine and of others": {
    text: "@director a\n@other b\n@^director c\n@^other d\n@director\n@other $M= \\\n e\n",
    lines: ["a", "d", "e"],
  },
  "a second condition on a line": { text: "@director @^other a\n", lines: ["@^other a"] },
  "a condition from a shorter parameter": { text: "$CCCCCCCCC=@director\n$CCCCCCCCC a b\n", lines: ["a b"] },
  "a condition from a longer parameter": {
    text: "$C=@director\n$C abcdef\n",
    lines: ["@director abcdef"],
    isReported: true,
  },
  "a comment that a value begins": {
    text: "$H=${_HASH}\nx$H y\na\\#b\na\\#b ${_INSTANCE}\n",
    lines: ["x", "a#b", "a"],
  },
  "comments within quotes": { text: '"a#b" # c\n"a\\"b#c"\n', lines: ['"a#b"', '"a\\"b#c"'] },
  "braces on lines of their own": {
    text: 'a{b}c { d\n"x{y" }\n',
    lines: ["a", "{", "b", "}", "c", "{", "d", '"x{y"', "}"],
  },
  "files, relative to the file that includes them": {
    text: "include sub/a.inc\n${_PWD}\n",
    files: { "sub/a.inc": "include b.inc\n${_PWD}\n", "sub/b.inc": "b\n" },
    lines: ["b", "sub", "."],
  },
  "files of a pattern, by the directory of the file": {
    text: "include ${_PWD}/more/*.conf\n",
    files: { "more/b.conf": "b\n", "more/a.conf": "a\n", "more/.c.conf": "c\n", "more/c.txt": "" },
    lines: ["a", "b"],
  },
  "files by a condition, a parameter and a set": {
    text: "$I=include\n@director include a.inc\n@other include a.inc\n$I [a-b].inc\n",
    files: { "a.inc": "a\n", "b.inc": "b\n" },
    lines: ["a", "a", "b"],
  },
  "a sequence before the files that it includes": {
    text: "~SEQ(N,1,2) include ${N}.inc\n",
    files: { "1.inc": "one\n", "2.inc": "two\n" },
    lines: ["two", "one"],
  },
  "an executable file": { text: "include a.sh\n", files: { "a.sh": "a\n" }, lines: [], isReported: true },
  "a file that does not exist": { text: "include none*.conf\nb\n", lines: ["b"], isReported: true },
  "quotes in the name of a file": { text: 'include "a.inc"\n', files: { "a.inc": "a\n" }, lines: [], isReported: true },
  "a brace in the name of a file": {
    text: "b { include a.inc }\n",
    files: { "a.inc": "a\n" },
    lines: ["b", "{"],
    isReported: true,
  },
  "a definition that goes on after its file": {
    text: "include a.inc\nb\nc\n$M\n",
    files: { "a.inc": "$M= \\\n a \\\n" },
    lines: ["c", "a", "b"],
  },
};

for (const [what, { text, lines, files = {}, isReported = false }] of Object.entries(CASES)) {
  Deno.test(`preprocess() reads ${what} as keepalived does`, () => {
    const report = new Report();
    const world = importWorld({ files });
    const read = preprocess({ file: "keepalived.conf", text }, { world, configId: "director", report });
    assert.deepEqual(read.map((line) => line.text), lines);
    assert.equal(report.unmapped.length > 0, isReported, JSON.stringify(report.unmapped));
  });
}

Deno.test("preprocess() ends lines after 1023 bytes", () => {
  const report = new Report();
  const text = `${"x".repeat(1500)}\n`;
  const read = preprocess({ file: "keepalived.conf", text }, { world: importWorld(), configId: "director", report });
  assert.deepEqual(read.map((line) => line.text.length), [1023, 477]);
});

Deno.test("decodeBytes() keeps bytes that are not UTF-8 apart", () => {
  const bytes = (...values: readonly number[]): string => decodeBytes(Uint8Array.from(values));
  assert.equal(decodeBytes(new TextEncoder().encode("a\u00e4\u20ac\u{1d11e}\ufeffb")), "a\u00e4\u20ac\u{1d11e}\ufeffb");
  assert.equal(rawByteIn("a\u00e4\u20ac\u{1d11e}\ud800"), undefined);
  for (const bad of [[0xe9], [0xc0, 0x80], [0xed, 0xa0, 0x80], [0xf4, 0x90, 0x80, 0x80], [0xe2, 0x82], [0xff]]) {
    const text = bytes(0x61, ...bad, 0x62);
    assert.equal(text.length, bad.length + 2);
    assert.equal(rawByteIn(text), `0x${bad[0]?.toString(16)}`);
    assert.ok(text.startsWith("a") && text.endsWith("b"));
  }
});
