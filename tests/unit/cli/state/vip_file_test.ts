import assert from "node:assert/strict";
import { VipFile } from "../../../../cli/state/vip_file.ts";
import { parseIpAddress, type Vip } from "../../../../core/model/mod.ts";

function vip(address: string, device: string): Vip {
  return { address: parseIpAddress(address), prefixLength: 32, device, scope: "global", dad: false, prefixRoute: true };
}

Deno.test("VipFile keeps what was added until it is deleted, and makes no file before", async () => {
  const directory = await Deno.makeTempDir();
  const directories = { run: `${directory}/lvsctl` };
  const path = `${directories.run}/vips.json`;
  try {
    const [one, two] = [vip("192.0.2.10", "eth0"), vip("192.0.2.10", "eth1")];
    const file = new VipFile(directories);
    file.update({ added: [], deleted: [one] });
    assert.equal(file.has(one), false);
    assert.throws(() => Deno.statSync(path), Deno.errors.NotFound);
    file.update({ added: [one], deleted: [] });
    // What another process sees.
    assert.deepEqual([one, two].map((each) => new VipFile(directories).has(each)), [true, false]);
    new VipFile(directories).update({ added: [two], deleted: [one] });
    assert.deepEqual([one, two].map((each) => new VipFile(directories).has(each)), [false, true]);
    Deno.writeTextFileSync(path, "{ broken");
    assert.equal(new VipFile(directories).has(two), false);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});
