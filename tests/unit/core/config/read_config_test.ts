import assert from "node:assert/strict";
import { ConfigError, parseConfig } from "../../../../core/config/mod.ts";
import { LvsctlError } from "../../../../core/errors/mod.ts";

async function problemsOf(text: string, file = "web.yaml"): Promise<ConfigError> {
  const error = await parseConfig(text, { file }).then(() => undefined, (reason: unknown) => reason);
  assert.ok(error instanceof ConfigError && error instanceof LvsctlError);
  return error;
}

Deno.test("parseConfig names standard input in messages", async () => {
  const error = await problemsOf("version: 2\n", "-");
  assert.match(error.message, /^<stdin>:1:10: version must be 1/);
});

Deno.test("parseConfig reports lines and columns as numbers", async () => {
  const error = await problemsOf("version: 1\nservice: []\n");
  assert.deepEqual(error.problems.map(({ line, column }) => [line, column]), [[2, 1]]);
});

Deno.test("parseConfig reports lists that are nested deeper than the stack", async () => {
  const error = await problemsOf(`version: 1\nservices: ${"[".repeat(20_000)}\n`);
  assert.match(error.message, /^web\.yaml:2:\d+: lists and mappings must not be nested more than 50 deep$/);
});

Deno.test("parseConfig limits the expansion of aliases", async () => {
  const levels = Array.from({ length: 40 }, (_, level) => {
    const items = level === 0 ? "x" : Array(10).fill(`*a${level - 1}`).join(", ");
    return `k${level}: &a${level} [${items}]`;
  });
  const error = await problemsOf(`version: 1\n${levels.join("\n")}\nservices: *a39\n`);
  assert.match(
    error.message,
    /^web\.yaml:\d+:\d+: the aliases of the file must not expand to more than 100000 values$/,
  );
});

Deno.test("parseConfig cuts long texts in messages", async () => {
  const error = await problemsOf(`version: 1\nservices: ${"x".repeat(100_000)}\n`);
  assert.ok(error.message.length < 1000);
});

Deno.test("parseConfig reads a canonical file and the same file with a comment alike", async () => {
  const url = new URL("../../../fixtures/config/good/saved.yaml", import.meta.url);
  const text = Deno.readTextFileSync(url);
  assert.deepEqual(await parseConfig(`${text}# edited\n`, { file: "-" }), await parseConfig(text, { file: "-" }));
});
