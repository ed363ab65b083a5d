import assert from "node:assert/strict";
import { interfaceSysctl, readSysctl, writeSysctl } from "../../../../core/host/mod.ts";

async function withRoot(run: (root: string) => void): Promise<void> {
  const root = await Deno.makeTempDir();
  try {
    await Deno.mkdir(`${root}/net/ipv4/conf/eth0.100`, { recursive: true });
    await Deno.writeTextFile(`${root}/net/ipv4/conf/eth0.100/rp_filter`, "1\n");
    await Deno.writeTextFile(`${root}/net/ipv4/tcp_rmem`, "4096\t131072\t6291456\n");
    run(root);
  } finally {
    await Deno.remove(root, { recursive: true });
  }
}

Deno.test("readSysctl() and writeSysctl() accept names as sysctl(8) writes them", () =>
  withRoot((root) => {
    const name = interfaceSysctl("ipv4", { device: "eth0.100", key: "rp_filter" });
    assert.equal(name, "net.ipv4.conf.eth0/100.rp_filter");
    assert.equal(readSysctl(name, { root }), "1");
    writeSysctl(name, "2", { root });
    assert.equal(readSysctl(name, { root }), "2");
    assert.equal(readSysctl("net.ipv4.tcp_rmem", { root }), "4096\t131072\t6291456");
  }));

Deno.test("readSysctl() returns undefined for an unknown sysctl, and writeSysctl() does not create one", () =>
  withRoot((root) => {
    const name = "net.ipv4.conf.eth1.rp_filter";
    assert.equal(readSysctl(name, { root }), undefined);
    assert.throws(() => writeSysctl(name, "1", { root }), {
      message: `Cannot set to 1 ${name}: No such file or directory (ENOENT)`,
    });
    assert.equal(readSysctl(name, { root }), undefined);
  }));

Deno.test("readSysctl() reads the kernel's sysctls", () => {
  assert.match(readSysctl("kernel.ostype") ?? "", /^Linux$/);
});
