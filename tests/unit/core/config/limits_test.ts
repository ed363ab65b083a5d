import assert from "node:assert/strict";
import { ConfigError, readConfig } from "../../../../core/config/mod.ts";
import { expandPattern } from "../../../../core/config/source/glob.ts";
import { countRanges } from "../../../../core/config/schema/ranges.ts";
import { ExpansionLimit } from "../../../../core/config/read/expansion.ts";
import { valueOf } from "../../../../core/config/source/defaults.ts";
import { readYaml } from "../../../../core/config/source/yaml.ts";
import { SourceReport } from "../../../../core/config/source/source_report.ts";

/** The error of a file. */
async function refused(text: string): Promise<ConfigError> {
  try {
    await readConfig(text, { file: "f.yaml", variables: () => undefined });
  } catch (error) {
    assert.ok(error instanceof ConfigError);
    return error;
  }
  throw new Error("the file is valid");
}

const NESTED: readonly string[] = [
  "[".repeat(100_000),
  "{".repeat(100_000),
  "[{".repeat(50_000),
  "version: 1\nservices: " + "[{a: ".repeat(20_000),
  "[".repeat(51) + "]".repeat(51),
  `["]", `.repeat(60),
  "[\n# ]\n".repeat(60),
];

for (const text of NESTED) {
  Deno.test(`readConfig() refuses nested brackets before it parses: ${text.length} of ${JSON.stringify(text.slice(-8))}`, async () => {
    const { problems } = await refused(text);
    assert.deepEqual(problems.map(({ message }) => message), [
      "lists and mappings must not be nested more than 50 deep",
    ]);
  });
}

for (
  const [text, place] of [
    ["- ".repeat(20_000), "1:101"],
    ["? ".repeat(20_000), "1:101"],
    ["? - ".repeat(10_000), "1:101"],
    ["version: 1\nservices:\n  " + "-\t".repeat(20_000), "3:103"],
    ["- ".repeat(51) + "a\n", "1:101"],
    ['{"a": {"b": 8' + ": ".repeat(20_000), "1:114"],
  ] as const
) {
  Deno.test(`readConfig() refuses nested indicators before it parses: ${text.length} of ${JSON.stringify(text.slice(-4))}`, async () => {
    const { message } = await refused(text);
    assert.equal(message, `f.yaml:${place}: lists and mappings must not be nested more than 50 deep`);
  });
}

Deno.test("readConfig() refuses nesting that overflows the stack of the parser", async () => {
  const { message } = await refused(`${"a: ".repeat(40_000)}{ b: c } }\n  - d`);
  assert.equal(message, "f.yaml:1:1: lists and mappings must not be nested more than 50 deep");
});

Deno.test("readConfig() does not count dashes in block texts, comments and successive lines as nested", async () => {
  const dashes = "- ".repeat(100);
  const { problems } = await refused(`# ${dashes}\nother: |\n  ${dashes}\nlist:\n${"- -\n".repeat(100)}`);
  assert.ok(problems.every(({ message }) => /^(unknown key|missing key)/.test(message)), JSON.stringify(problems));
});

/** A time that is far longer than the work, and far shorter than what grows with the square of the text. */
const LINEAR_MS = 20_000;

for (
  const [name, text] of [
    ["a long word before a mistake", "9".repeat(400_000) + "\n  - listen: t\n"],
    ["many brackets before a mistake", `a: "${"[a".repeat(200_000)}"x\n`],
    ["many slashes in a value", `version: 1\nservices:\n  - listen: tcp://1${"/".repeat(400_000)}:80\n`],
  ] as const
) {
  Deno.test(`readConfig() takes a time that grows with the length of the text: ${name}`, async () => {
    const began = performance.now();
    await refused(text);
    const durationMs = performance.now() - began;
    assert.ok(durationMs < LINEAR_MS, `${durationMs} ms`);
  });
}

Deno.test("readConfig() does not count brackets in quotes, comments and block texts as nested", async () => {
  const brackets = "[{".repeat(100);
  const text = `# ${brackets}\nversion: 1\nname: "${brackets}"\nother: |\n  ${brackets}\nlist: [${
    "[], ".repeat(100)
  }]\n`;
  const { problems } = await refused(text);
  assert.ok(problems.every(({ message }) => /^unknown key/.test(message)), JSON.stringify(problems));
});

Deno.test("readConfig() lists 500 problems and counts the others", async () => {
  for (const count of [499, 500, 501, 5000]) {
    const error = await refused(
      "version: 1\n" + Array.from({ length: count }, (_, index) => `k${index}: 1\n`).join(""),
    );
    assert.equal(error.problems.length, Math.min(count, 500));
    assert.equal(error.unlisted, Math.max(count - 500, 0));
    const last = error.message.split("\n").at(-1) ?? "";
    assert.equal(last === `f.yaml: ${count - 500} more problems are not listed`, count > 500);
  }
});

Deno.test("readConfig() multiplies ranges before it expands them", async () => {
  const listens = Array.from({ length: 59 }, (_, index) => `"tcp://192.0.2.${index}:[1-65535]"`).join(", ");
  for (const servers of ["[]", '["10.0.[0-255].[0-255]"]']) {
    const { problems } = await refused(`version: 1\nservices:\n- listen: [${listens}]\n  servers: ${servers}\n`);
    assert.match(problems.map(({ message }) => message).join("\n"), /^a service must have at most 1000000 servers/);
  }
});

Deno.test("ExpansionLimit leaves out the services that exceed the limit of a file, and reports them once", async () => {
  const services = Array.from({ length: 40 }, (_, index) => {
    return `- listen: "tcp://192.0.2.${index}:[1-65535]"\n  servers: ["10.0.0.1"]\n`;
  });
  const text = `version: 1\nservices:\n${services.join("")}`;
  const report = new SourceReport(text);
  const tree = await readYaml(text, report);
  assert.ok(tree !== undefined);
  const bounded = new ExpansionLimit(report).withoutExcess(tree);
  const left = bounded.kind === "mapping" ? valueOf(bounded, "services") : undefined;
  assert.equal(left?.kind === "list" ? left.items.length : 0, 30);
  assert.deepEqual(report.problems.map(({ message }) => message), [
    "the services of a file must have at most 2000000 servers together",
  ]);
});

Deno.test("countRanges() counts without expanding, and limits ranges and the text around them", () => {
  assert.equal(countRanges("10.0.[0-255].[0-255]"), 65_536);
  assert.equal(countRanges("[2001:db8::[a-f]]:[80,443]"), 12);
  for (const text of ["[1-2]".repeat(17), "[5]".repeat(1000), `[1-2]${"x".repeat(400)}`, "[2-1]"]) {
    assert.equal(countRanges(text), 1, text.slice(0, 20));
  }
});

Deno.test("readConfig() looks up the place of a text with many unset variables once", async () => {
  let lookUps = 0;
  const { startOf } = SourceReport.prototype;
  SourceReport.prototype.startOf = function (this: SourceReport, text, offset): number | undefined {
    lookUps++;
    return startOf.call(this, text, offset);
  };
  try {
    const error = await refused(`version: 1\nname: "${"${A}".repeat(1000)}"\n`);
    assert.equal(error.problems.length, 500);
    assert.deepEqual([error.problems[0]?.column, error.problems[1]?.column], [8, 12]);
    assert.equal(lookUps, 1);
  } finally {
    SourceReport.prototype.startOf = startOf;
  }
});

Deno.test("expandPattern() matches a pattern of many stars, against which a backtracking matcher would not end", () => {
  const list = (): readonly string[] => ["a".repeat(255), `${"a".repeat(254)}b`];
  assert.deepEqual(expandPattern("*a".repeat(100) + "*b", list), [`${"a".repeat(254)}b`]);
});
