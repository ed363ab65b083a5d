import assert from "node:assert/strict";
import { openHostAddresses } from "../../../../core/system/names.ts";

Deno.test("HostAddresses looks up names in /etc/hosts, and accepts addresses", async () => {
  using hosts = openHostAddresses();
  const local = await hosts.find("localhost");
  assert.ok("addresses" in local && local.addresses.some((address) => address === "127.0.0.1" || address === "::1"));
  assert.equal(new Set(local.addresses).size, local.addresses.length);
  assert.deepEqual(await hosts.find("192.0.2.1"), { addresses: ["192.0.2.1"] });
  assert.deepEqual(await hosts.find("2001:db8:0::1"), { addresses: ["2001:db8::1"] });
});

Deno.test("HostAddresses returns libc's reason for a name without an address", async () => {
  using hosts = openHostAddresses();
  // No name server is asked for a name of this form.
  assert.deepEqual(await hosts.find("a..b"), { failure: "Name or service not known (EAI_NONAME)" });
});

Deno.test("HostAddresses can be closed unused", () => {
  const hosts = openHostAddresses();
  hosts[Symbol.dispose]();
  hosts[Symbol.dispose]();
});
