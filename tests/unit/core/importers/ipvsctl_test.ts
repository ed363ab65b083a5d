import assert from "node:assert/strict";
import { ConfigError, parseConfig } from "../../../../core/config/mod.ts";
import { EXIT, LvsctlError } from "../../../../core/errors/mod.ts";
import { type Imported, loadIpvsctl } from "../../../../core/importers/mod.ts";
import { fixtures, formatReport, importWorld } from "./import_fixtures.ts";

const WORLD = importWorld({ variables: { VIP: "192.0.2.10", RIP: "10.0.0.13" } });

async function importText(text: string): Promise<Imported> {
  return await (await loadIpvsctl()).importIpvsctl({ file: "ipvsctl.yaml", text }, WORLD);
}

for (const { name, text, expected, report } of fixtures("ipvsctl", "ipvsctl.yaml")) {
  Deno.test(`importIpvsctl() converts ${name} to the expected file and report`, async () => {
    const imported = await importText(text);
    assert.equal(imported.text, expected);
    assert.equal(formatReport(imported), report);
    await parseConfig(imported.text, { file: "-", resolve: WORLD.resolve });
  });
}

for (const text of ["", "a list:\n", "- 1\n", "services: []\n", "services:\n", "text\n"]) {
  Deno.test(`importIpvsctl() refuses ${JSON.stringify(text)}, which contains no service`, async () => {
    await assert.rejects(() => importText(text), (error: unknown) => {
      assert.ok(error instanceof LvsctlError && error.exitCode === EXIT.usage);
      return error.message ===
        "Cannot import ipvsctl.yaml: it has no service; check the file and the program in the command";
    });
  });
}

Deno.test("importIpvsctl() refuses a model without an importable service, and gives the reason", async () => {
  await assert.rejects(() => importText("services:\n- address: tcp://${no.such}:80\n"), (error: unknown) => {
    return error instanceof ConfigError && /^ipvsctl\.yaml:2:12: address: .* is not a variable/.test(error.message);
  });
});

Deno.test("importIpvsctl() reports the place of a YAML error", async () => {
  await assert.rejects(() => importText("services:\n- address: [\n"), (error: unknown) => {
    return error instanceof ConfigError && /^ipvsctl\.yaml:\d+:\d+: /.test(error.message);
  });
});
