import assert from "node:assert/strict";
import { VrrpFiles } from "../../../../cli/daemon/vrrp_files.ts";
import { vip } from "../../../support/memory_vrrp.ts";

Deno.test("VrrpFiles give another process what was written, and nothing from broken files", () => {
  const run = Deno.makeTempDirSync();
  const vips = [vip("10.0.0.100/24"), vip("fe80::51")];
  const values = { "net.ipv4.conf.eth0.arp_ignore": "0" };
  assert.deepEqual([new VrrpFiles({ run }).addresses.read(), new VrrpFiles({ run }).sysctls.read()], [[], {}]);
  const { addresses, sysctls } = new VrrpFiles({ run });
  addresses.write(vips);
  sysctls.write(values);
  assert.deepEqual([new VrrpFiles({ run }).addresses.read(), new VrrpFiles({ run }).sysctls.read()], [vips, values]);
  const { sync } = new VrrpFiles({ run });
  assert.equal(sync.read(), undefined);
  sync.write({ interface: "eth1", syncId: 0 });
  assert.deepEqual(new VrrpFiles({ run }).sync.read(), { interface: "eth1", syncId: 0 });
  const names = [...Deno.readDirSync(run)].map(({ name }) => name);
  assert.equal(names.length, 3);
  for (const text of ["{ broken", '[{"address":"x","device":"eth0","prefix_length":1}]', '{"a":1}']) {
    for (const name of names) Deno.writeTextFileSync(`${run}/${name}`, text);
    assert.deepEqual([addresses.read(), sysctls.read(), sync.read()], [[], {}, undefined]);
  }
  sync.write(undefined);
  assert.equal(sync.read(), undefined);
  Deno.removeSync(run, { recursive: true });
});

Deno.test("VrrpFiles without a directory record nothing", () => {
  const { addresses, sysctls } = new VrrpFiles(undefined);
  addresses.write([vip("10.0.0.100")]);
  sysctls.write({ a: "1" });
  assert.deepEqual([addresses.read(), sysctls.read()], [[], {}]);
});
