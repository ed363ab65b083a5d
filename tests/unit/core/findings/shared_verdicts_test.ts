import assert from "node:assert/strict";
import { readConfig } from "../../../../core/config/mod.ts";

/** The warnings of a file with shared verdicts, as `LINE:COLUMN CODE: MESSAGE`. */
async function warningsOf(sharing: string, service: string): Promise<readonly string[]> {
  const text = `version: 1\nhealth_sharing: { ${sharing} }\nservices:\n` +
    `  - { listen: tcp://192.0.2.10:80, servers: [10.0.0.11:80, 10.0.0.12:80], ${service} }\n`;
  const { warnings } = await readConfig(text, { file: "lvsctl.yaml", lint: {} });
  return warnings.filter(({ code }) => code.startsWith("sharing-"))
    .map(({ line, column, code, message }) => `${line}:${column} ${code}: ${message}`);
}

Deno.test("sharingFindings() has none for a file with checks, and the usual settings", async () => {
  assert.deepEqual(await warningsOf("quorum: 2", "check: { type: tcp }"), []);
});

Deno.test("sharingFindings() reports shared verdicts without a check", async () => {
  assert.deepEqual(await warningsOf("quorum: 2", "scheduler: rr"), [
    "2:27 sharing-unused: health_sharing has no effect: no server has a check",
  ]);
});

Deno.test("sharingFindings() reports a limit that ends before other directors can have a verdict", async () => {
  const check = "check: { type: tcp, interval: 10s, fall: 3 }";
  assert.deepEqual(await warningsOf("quorum: 1, limit: 30s", check), [
    "2:37 sharing-limit-short: the limit of 30s ends before other directors can have a verdict: a check takes 30s " +
    "to find a failure; set a longer limit",
  ]);
  assert.deepEqual(await warningsOf("quorum: 1, limit: 31s", check), []);
});
