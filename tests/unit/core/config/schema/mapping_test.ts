import assert from "node:assert/strict";
import { mapping, optional, orNone, partial, required } from "../../../../../core/config/schema/mapping.ts";
import { SourceReport } from "../../../../../core/config/source/source_report.ts";
import { list } from "../../../../../core/config/schema/structures.ts";
import { integer, parsed, text } from "../../../../../core/config/schema/types.ts";
import { readYaml } from "../../../../../core/config/source/yaml.ts";
import { LvsctlError } from "../../../../../core/errors/mod.ts";

const LOGIN = mapping("a login", {
  user: required(text("a name", /^\w+$/), { doc: "User" }),
  password: optional(text("a password of letters", /^[a-z]+$/), { doc: "Password" }),
  token: optional(
    parsed("a token", (token) => {
      throw new LvsctlError(`"${token}" is not a token`);
    }),
    { doc: "Token" },
  ),
  pin_secret: optional(integer({ min: 0, max: 9 }), { doc: "PIN" }),
  credentials: optional(mapping("credentials", { key: required(integer({ min: 0, max: 9 }), { doc: "Key" }) }), {
    doc: "Key, in a mapping",
  }),
  secrets: optional(list(text("letters", /^[a-z]+$/)), { doc: "More of them" }),
});

async function read(type: { read: typeof LOGIN.read }, yaml: string): Promise<{ values: unknown; problems: string[] }> {
  const report = new SourceReport(yaml);
  const tree = await readYaml(yaml, report);
  assert.ok(tree !== undefined);
  const section = type.read(tree, { label: "login", report });
  return {
    values: section?.values,
    problems: report.problems.map(({ line, column, message }) => `${line}:${column}: ${message}`),
  };
}

Deno.test("a mapping reports a problem of a secret without the secret", async () => {
  const yaml =
    "user: u\npassword: Hunter2\ntoken: Hunter2\npin_secret: Hunter2\ncredentials: { key: Hunter2 }\nsecrets: [Hunter2]\n";
  const { problems } = await read(LOGIN, yaml);
  assert.deepEqual(problems, [
    "2:11: password must be a password of letters; its value is not shown",
    "3:8: token must be a token; its value is not shown",
    "4:13: pin_secret must be a whole number from 0 to 9; its value is not shown",
    "5:21: key must be a whole number from 0 to 9; its value is not shown",
    "6:11: an item of secrets must be letters; its value is not shown",
  ]);
});

Deno.test("a mapping reports that a secret of digits needs quotes", async () => {
  assert.deepEqual((await read(LOGIN, "{ user: u, password: 12345 }")).problems, [
    "1:22: password must be text: write it in quotes; its value is not shown",
  ]);
});

Deno.test("a mapping reads valid secrets like other values", async () => {
  const { values, problems } = await read(LOGIN, "{ user: u, password: abc, pin_secret: 7, secrets: [a, b] }");
  assert.deepEqual(problems, []);
  const rest = { token: undefined, credentials: undefined };
  assert.deepEqual(values, { user: "u", password: "abc", ["pin_secret"]: 7, secrets: ["a", "b"], ...rest });
});

Deno.test("partial requires no key, and rejects invalid values", async () => {
  assert.deepEqual((await read(partial(LOGIN), "{}")).problems, []);
  assert.deepEqual((await read(partial(LOGIN), "{ user: '!' }")).problems, ['1:9: user must be a name: got "!"']);
  assert.deepEqual((await read(LOGIN, "{}")).problems, ["1:1: missing key user: it must be a name"]);
});

Deno.test("orNone takes the word none for no value", async () => {
  const outer = mapping("outer", { login: optional(orNone(LOGIN), { doc: "Login" }) });
  const report = new SourceReport("");
  const values: unknown[] = [];
  for (const yaml of ["login: none", "login: { user: u }", "login: nothing"]) {
    const tree = await readYaml(yaml, report);
    if (tree !== undefined) values.push(outer.read(tree, { label: "outer", report })?.values.login?.values.user);
  }
  assert.deepEqual(values, [undefined, "u", undefined]);
  assert.deepEqual(report.problems.map(({ message }) => message), ["login must be a mapping; its value is not shown"]);
});
