import assert from "node:assert/strict";
import { readConfig } from "../../../../core/config/mod.ts";

const EXAMPLE = new URL("../../../../examples/anycast/lvsctl.yaml", import.meta.url);

Deno.test("examples/anycast/lvsctl.yaml is valid, without a warning, and withdraws its VIP", async () => {
  const text = await Deno.readTextFile(EXAMPLE);
  const { desired, warnings } = await readConfig(text, { file: "lvsctl.yaml", lint: {} });
  assert.deepEqual(warnings, []);
  assert.deepEqual(desired.services.map(({ withdrawVips }) => withdrawVips), [true]);
  assert.deepEqual(desired.vips?.map(({ address, device }) => `${address} ${device}`), ["192.0.2.10 vips"]);
});
