import assert from "node:assert/strict";
import { openConnectionList, readConnections } from "../../../../core/connections/mod.ts";
import { CAPTURED, CAPTURED_LIST } from "./captured.ts";

Deno.test("openConnectionList() returns the file in pieces, and closes it", async () => {
  const path = await Deno.makeTempFile();
  try {
    const repeated = CAPTURED_LIST + `${CAPTURED.ipv6}\n`.repeat(2000);
    await Deno.writeTextFile(path, repeated);
    using list = openConnectionList(path);
    assert.equal([...readConnections(list)].length, 2011);
  } finally {
    await Deno.remove(path);
  }
});

Deno.test("openConnectionList() has a hint for a kernel without the list", () => {
  assert.throws(
    () => openConnectionList("/nowhere/ip_vs_conn"),
    /^LvsctlError: Cannot read the connections: this kernel has no IPVS \(ENOENT\); load its module .*modprobe ip_vs/,
  );
});

Deno.test("openConnectionList() names the file that cannot be read", () => {
  using list = openConnectionList("/");
  assert.throws(() => [...list], /^LvsctlError: Cannot read \/: .*\(EISDIR\)/);
});
