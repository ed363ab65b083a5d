import assert from "node:assert/strict";
import { VrrpFile } from "../../../../cli/daemon/vrrp_file.ts";
import { vip } from "../../../support/memory_vrrp.ts";

Deno.test("VrrpFile gives another process what was written, and nothing from a broken file", () => {
  const run = Deno.makeTempDirSync();
  const vips = [vip("10.0.0.100/24"), vip("fe80::51")];
  assert.deepEqual(new VrrpFile({ run }).read(), []);
  new VrrpFile({ run }).write(vips);
  assert.deepEqual(new VrrpFile({ run }).read(), vips);
  const [{ name } = { name: "" }] = [...Deno.readDirSync(run)];
  for (const text of ["{ broken", '[{"address":"x","device":"eth0","prefix_length":1}]', '[{"address":"10.0.0.1"}]']) {
    Deno.writeTextFileSync(`${run}/${name}`, text);
    assert.deepEqual(new VrrpFile({ run }).read(), []);
  }
  Deno.removeSync(run, { recursive: true });
});

Deno.test("VrrpFile without a directory records nothing", () => {
  const file = new VrrpFile(undefined);
  file.write([vip("10.0.0.100")]);
  assert.deepEqual(file.read(), []);
});
