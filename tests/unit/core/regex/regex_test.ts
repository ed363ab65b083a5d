import assert from "node:assert/strict";
import fc from "fast-check";
import { Regex, regexProblem, stepLimit } from "../../../../core/regex/mod.ts";
import { RegexError } from "../../../../core/regex/syntax.ts";

const SEED = 14;

/** The steps that a search may take, as the limit says before it begins. */
const MAX_STEPS = stepLimit().left;

interface Search {
  readonly result: boolean | undefined;
  readonly steps: number;
}

function search(pattern: string, text: string): Search {
  const limit = stepLimit();
  const result = new Regex(pattern).test(text, limit);
  return { result, steps: MAX_STEPS - limit.left };
}

/** Characters in which classes, line ends and word boundaries differ. */
const CHARACTERS = [
  "a",
  "b",
  "c",
  "0",
  "7",
  "_",
  "-",
  " ",
  "\n",
  "\r",
  "\t",
  "\u00e9",
  "\u00a0",
  "\u2028",
  "\u{1f600}",
];

const TEXT = fc.array(fc.constantFrom(...CHARACTERS), { maxLength: 12 }).map((parts) => parts.join(""));

const ATOMS = [
  ...["a", "b", "c", "0", "-", " ", "_", "]", "}", "{", "{,2}", "{a}", "\u00e9", "."],
  ...["\\d", "\\D", "\\s", "\\S", "\\w", "\\W", "\\n", "\\r", "\\t", "\\.", "\\-", "\\/", "\\cJ", "\\c", "\\c1", "\\0"],
  ...["\\x61", "\\x6", "\\u0062", "\\u006", "\\e", "\\p", "\\012", "\\08", "\\0141"],
  ...[
    "[ab]",
    "[^ab]",
    "[a-c]",
    "[^a-c]",
    "[]",
    "[^]",
    "[\\d_]",
    "[\\w-]",
    "[a\\-c]",
    "[a-]",
    "[-a]",
    "[\\d-a]",
    "[a-\\d]",
  ],
  ...[
    "[\\b]",
    "[\\B]",
    "[\\c1]",
    "[\\c]",
    "[\\1]",
    "[\\8]",
    "[\\x61-c]",
    "[\\]]",
    "[^\\s]",
    "[\\k]",
    "[.]",
    "[$^]",
    "[--a]",
  ],
];

const ASSERTIONS = ["^", "$", "\\b", "\\B"];

const QUANTIFIERS = ["*", "+", "?", "{0}", "{1}", "{2}", "{0,2}", "{1,3}", "{2,}", "*?", "+?", "??", "{1,2}?"];

const { pattern: PATTERN } = fc.letrec<{ readonly pattern: string; readonly term: string }>((tie) => ({
  pattern: fc.array(fc.array(tie("term"), { maxLength: 4 }).map((terms) => terms.join("")), {
    minLength: 1,
    maxLength: 3,
  }).map((parts) => parts.join("|")),
  term: fc.oneof(
    { maxDepth: 3 },
    fc.constantFrom(...ATOMS),
    fc.constantFrom(...ASSERTIONS),
    fc.tuple(fc.constantFrom(...ATOMS), fc.constantFrom(...QUANTIFIERS)).map((parts) => parts.join("")),
    fc.tuple(fc.constantFrom("(", "(?:", "(?<name>"), tie("pattern"), fc.constantFrom("", ...QUANTIFIERS))
      .map(([open, inner, quantifier]) => `${open}${inner})${quantifier}`),
  ),
}));

function compileNative(pattern: string): RegExp | undefined {
  try {
    return new RegExp(pattern);
  } catch {
    return undefined;
  }
}

Deno.test("Regex matches generated expressions as JavaScript does", () => {
  let compared = 0;
  fc.assert(
    fc.property(PATTERN, fc.array(TEXT, { minLength: 5, maxLength: 5 }), (pattern, texts) => {
      const native = compileNative(pattern);
      // A name of a group may occur once, which decides nothing about a match.
      if (pattern === "" || native === undefined || regexProblem(pattern) !== undefined) return;
      const regex = new Regex(pattern);
      for (const text of texts) {
        compared++;
        assert.equal(regex.test(text), native.test(text), JSON.stringify([pattern, text]));
      }
    }),
    { seed: SEED, numRuns: 6000 },
  );
  assert.ok(compared > 15_000, `${compared} comparisons`);
});

Deno.test("regexProblem() accepts of any text what JavaScript accepts, except what it names", () => {
  const part = fc.constantFrom(..."abc()[]{}^$.*+?|\\-,:0123<>=!kxucdwb".split(""), "(?:", "(?<n>", "{1,2}", "\\u0061");
  fc.assert(
    fc.property(fc.array(part, { minLength: 1, maxLength: 8 }).map((parts) => parts.join("")), (pattern) => {
      const problem = regexProblem(pattern);
      if (problem === undefined) {
        // Duplicate names, which JavaScript refuses, are allowed.
        assert.notEqual(compileNative(pattern.replaceAll("(?<n>", "(")), undefined, pattern);
      } else if (problem.reason.startsWith("is not a regular expression")) {
        assert.equal(compileNative(pattern), undefined, `${pattern} ${problem.reason}`);
      } else {assert.match(
          problem.reason,
          /^(?:has an? .+ at character \d+, which lvsctl does not support|has flags .+|is too large: .+)$/,
        );}
    }),
    { seed: SEED, numRuns: 20_000 },
  );
});

Deno.test("Regex matches each code unit as JavaScript does", () => {
  for (
    const pattern of [".", "\\s", "\\S", "\\w", "\\d", "[^]", "[^\\W_]", "\\b.", "\\B.", "[\u0100-\ud800]", "\\x00"]
  ) {
    const regex = new Regex(`^${pattern}$`);
    const native = new RegExp(`^${pattern}$`);
    const different = Array.from({ length: 0x10000 }, (_, unit) => unit).filter((unit) =>
      regex.test(String.fromCharCode(unit)) !== native.test(String.fromCharCode(unit))
    );
    assert.deepEqual(different, [], pattern);
  }
});

const KIB_64 = 64 * 1024;

/** Text of one or several characters in an order that looks random, and is the same in each run. */
function noise(characters: string, length: number): string {
  let state = 12345;
  return Array.from({ length }, () => {
    state = (state * 1103515245 + 12345) % 2147483648;
    return characters.charAt((state >> 16) % characters.length);
  }).join("");
}

const HOSTILE: readonly (readonly [string, string])[] = [
  ["(.*a){20}z", "a".repeat(KIB_64)],
  ["(.*a){20}z", noise("ab", KIB_64)],
  ["(.*a){17}z", "a".repeat(KIB_64)],
  ["(\\w+\\s?){1,20}done", noise("ab ", KIB_64)],
  ["(\\w+\\s?){1,20}done", "a".repeat(KIB_64)],
  ["^(\\w+[ .]?){1,32}!$", "a".repeat(KIB_64)],
  ["(a+)+b", "a".repeat(KIB_64)],
  ["(a|aa)+c", "a".repeat(KIB_64)],
  ["^(([a-z ])+.)+[A-Z]([a-z])+$", "a".repeat(KIB_64)],
  ["(x+x+)+y", "x".repeat(KIB_64)],
  ["[0-9a-f]{64}$", noise("0123456789abcdefg", KIB_64)],
  ["\\bword\\b", "words sword ".repeat(5000)],
];

for (const [pattern, text] of HOSTILE) {
  Deno.test(`Regex searches ${pattern} in ${text.length} of ${JSON.stringify(text.slice(0, 6))} in few steps for each`, () => {
    const { result, steps } = search(pattern, text);
    assert.equal(result, false);
    assert.ok(steps < text.length + 20_000, `${steps} steps`);
  });
}

const { pattern: HOSTILE_PATTERN } = fc.letrec<{ readonly pattern: string; readonly term: string }>((tie) => ({
  pattern: fc.array(tie("term"), { minLength: 1, maxLength: 4 }).map((parts) => parts.join("")),
  term: fc.oneof(
    { maxDepth: 3 },
    fc.constantFrom("a", "b", ".", "\\w", "[ab]", "[^]", "\\s?", "a?", ".*", "\\w+", "\\b"),
    fc.tuple(tie("pattern"), tie("pattern"), fc.constantFrom("*", "+", "?", "{17}", "{1,20}", "{3,}", "{0,40}"))
      .map(([first, second, quantifier]) => `(${first}|${second})${quantifier}`),
    fc.tuple(tie("pattern"), fc.constantFrom("*", "+", "{20}", "{1,32}", "{100}", "{0,300}"))
      .map(([inner, quantifier]) => `(${inner})${quantifier}`),
  ),
}));

Deno.test("Regex ends within its steps for generated hostile expressions and texts", () => {
  const text = fc.constantFrom("a", "ab", "ab ", "aab").map((characters) => noise(characters, 20_000));
  const results = new Map<boolean | undefined, number>();
  fc.assert(
    fc.property(HOSTILE_PATTERN, text, (pattern, text) => {
      const hostile = `${pattern}!`;
      if (regexProblem(hostile) !== undefined) return;
      const { result, steps } = search(hostile, text);
      // The last code unit can exceed the limit by the states of the automaton.
      assert.ok(steps <= MAX_STEPS + 100_000, `${hostile}: ${steps} steps`);
      assert.notEqual(result, true);
      results.set(result, (results.get(result) ?? 0) + 1);
    }),
    { seed: SEED, numRuns: 300 },
  );
  assert.ok((results.get(false) ?? 0) > 50, JSON.stringify([...results]));
});

Deno.test("Regex gives no result when a search takes too many steps, and never a match", () => {
  const { result, steps } = search("a[ab]{900}[!?]", noise("ab", KIB_64));
  assert.equal(result, undefined);
  assert.ok(steps > MAX_STEPS && steps < MAX_STEPS + 10_000, `${steps}`);
  const limit = { left: 10 };
  assert.equal(new Regex("b").test("a".repeat(10), limit), undefined);
});

Deno.test("Regex searches a text in pieces as the whole text", () => {
  fc.assert(
    fc.property(PATTERN, fc.array(TEXT, { maxLength: 4 }), (pattern, pieces) => {
      if (regexProblem(pattern) !== undefined) return;
      const regex = new Regex(pattern);
      const search = regex.startSearch();
      pieces.forEach((piece, index) => {
        search.add(piece);
        const whole = regex.test(pieces.slice(0, index + 1).join(""));
        assert.equal(search.matches(), whole, JSON.stringify([pattern, pieces]));
      });
    }),
    { seed: SEED, numRuns: 2000 },
  );
});

Deno.test("Regex continues a search after another search of it took all its memory", () => {
  const regex = new Regex("[ab]*a[ab]{9}!");
  const search = regex.startSearch();
  search.add("aaaaaaaaaaaa");
  assert.equal(regex.test(noise("ab", 30_000)), false);
  search.add("bbb!");
  assert.equal(search.matches(), true);
});

const PROBLEMS: Readonly<Record<string, string>> = {
  "(a": "is not a regular expression: unterminated group at character 1; write one in JavaScript's syntax",
  "a)": "is not a regular expression: unmatched ) at character 2; write one in JavaScript's syntax",
  "x**": "is not a regular expression: nothing to repeat at character 3; write one in JavaScript's syntax",
  "a{2,1}": "is not a regular expression: numbers out of order in {} at character 2; write one in JavaScript's syntax",
  "[z-a]":
    "is not a regular expression: range out of order in a class at character 2; write one in JavaScript's syntax",
  "a[b": "is not a regular expression: unterminated class at character 2; write one in JavaScript's syntax",
  "a\\": "is not a regular expression: \\ without a character at character 2; write one in JavaScript's syntax",
  "a(?=b)":
    "has a look-ahead at character 2, which lvsctl does not support; write two expressions as two checks of an all_of",
  "(?!b)a":
    "has a negative look-ahead at character 1, which lvsctl does not support; write what must not match as not_regex",
  "(?<=b)a":
    "has a look-behind at character 1, which lvsctl does not support; write the text before it as part of the expression",
  "(?<!b)a":
    "has a negative look-behind at character 1, which lvsctl does not support; write what must not match as not_regex",
  "(a)\\1":
    "has a back reference at character 4, which lvsctl does not support; write the text again in place of the reference",
  "(?<n>a)\\k<n>":
    "has a back reference at character 8, which lvsctl does not support; write the text again in place of the reference",
  "(?i)ok": "has flags inside the expression at character 1, which lvsctl does not support; " +
    "write [Aa] for both cases of a letter, and [^] for any character",
  "(?s:.)": "has flags inside the expression at character 1, which lvsctl does not support; " +
    "write [Aa] for both cases of a letter, and [^] for any character",
  "(?>a)b":
    "has an atomic group at character 1, which lvsctl does not support; write (?:...), since lvsctl never goes back in the text",
  "a++b":
    "has a possessive quantifier at character 2, which lvsctl does not support; leave its last + out, since lvsctl never goes back in the text",
  "(?P<n>a)":
    "has a group of another form at character 1, which lvsctl does not support; write a group as (...), (?:...) or (?<name>...)",
  "(?R)":
    "has a recursion at character 1, which lvsctl does not support; write the levels that you need one inside the other",
  "((a{100}){100}){100}":
    "is too large: its repetitions need 1000000 states, and 10000 is the maximum; use smaller numbers in {}",
  "(((((a{999}){999}){999}){999}){999}){999}":
    "is too large: its repetitions need far more states, and 10000 is the maximum; use smaller numbers in {}",
  "": "must have 1 to 1000 characters; shorten it",
  ["a".repeat(1001)]: "must have 1 to 1000 characters; shorten it",
};

for (const [pattern, message] of Object.entries(PROBLEMS)) {
  Deno.test(`regexProblem() names the problem of ${pattern.slice(0, 50)}, and a way out`, () => {
    const problem = regexProblem(pattern);
    assert.equal(problem && `${problem.reason}; ${problem.hint}`, message);
    assert.throws(() => new Regex(pattern), RegexError);
  });
}

Deno.test("regexProblem() counts the states of an expression without building them", () => {
  assert.equal(regexProblem("[0-9a-f]{64}"), undefined);
  assert.equal(regexProblem("[^]{0,4999}$"), undefined);
  assert.equal(regexProblem("(?:(?:(?:(){99999999}){99999999})*){99999999}a"), undefined);
  assert.equal(new Regex("(?:(?:(?:(){99999999}){99999999})*){99999999}a").test("a"), true);
  assert.match(regexProblem("a{4294967296}")?.reason ?? "", /^is too large/);
});
