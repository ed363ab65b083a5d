import assert from "node:assert/strict";
import { Regex } from "../../../../core/regex/mod.ts";
import { isLiteral, translatePerlRegex } from "../../../../core/importers/perl_regex.ts";

const PATTERNS = [
  "Test Page",
  "^ok$",
  "\\Aok\\z",
  "ok\\Z",
  "a.c",
  "a\\Nc",
  "a[.]c",
  "[[:digit:]]+x",
  "[^[:space:]a]b",
  "[]x]+",
  "[^]x]+",
  "[a[b]",
  "\\d{2,3}-\\w+",
  "(?:one|two)\\.",
  "\\x41\\x{42}",
  "\\Rend",
  "x\\hy",
  "tab\\there",
  "a{1}b{0,2}c{2}",
  "o(k$|x)",
  "[$]",
  "[\\h]z",
  "\\/path\\.html",
  "100%",
  "[[:punct:]]",
  "\\bword\\b",
];

const TEXTS = [
  "",
  "ok",
  "ok\n",
  "not ok",
  "Test Page",
  "abc",
  "a\nc",
  "a\rc",
  "42x",
  "cb",
  "ab",
  "]",
  "yyy]",
  "[b",
  "123-abc",
  "two.",
  "AB",
  "x\r\nend",
  "x y",
  "x\ty",
  "tab\there",
  "ab{,2}",
  " z",
  "/path.html",
  "100%",
  "!",
  "~",
  "a word here",
];

Deno.test("translatePerlRegex() returns a regular expression that matches the same texts as in Perl", async () => {
  const pairs = PATTERNS.flatMap((pattern) => TEXTS.map((text) => [pattern, text] as const));
  const hex = (text: string): string =>
    [...new TextEncoder().encode(text)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  const program =
    'while (<STDIN>) { chomp; my ($p, $t) = map { pack "H*", $_ } split /,/, $_, -1; print $t =~ /$p/ ? 1 : 0 }';
  const child = new Deno.Command("perl", { args: ["-e", program], stdin: "piped", stdout: "piped" }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(pairs.map((pair) => `${pair.map(hex).join(",")}\n`).join("")));
  await writer.close();
  const { stdout, success } = await child.output();
  assert.ok(success);
  const expected = new TextDecoder().decode(stdout);
  assert.equal(expected.length, pairs.length);
  const different = pairs.filter(([pattern, text], index) => {
    const translated = translatePerlRegex(pattern);
    assert.ok("regex" in translated, pattern);
    return new Regex(translated.regex).test(text) !== (expected[index] === "1");
  });
  assert.deepEqual(different, []);
});

for (
  const pattern of [
    "\\p{Greek}",
    "\\Qa.b\\E",
    "a++",
    "[[:word:]]x\\K",
    "[[:^digit:]]",
    "\\x{1F600}",
    "x{2}+",
    "b{,2}",
    "\\N{U+41}",
  ]
) {
  Deno.test(`translatePerlRegex() does not misread ${pattern}`, () => {
    assert.ok("reason" in translatePerlRegex(pattern));
  });
}

Deno.test("isLiteral() is true for patterns that match their own text alone", () => {
  assert.deepEqual(["Test Page", "a.b", "a$", "100%", "(x)"].map(isLiteral), [true, false, false, true, false]);
});
