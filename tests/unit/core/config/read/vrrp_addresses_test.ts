import assert from "node:assert/strict";
import { parseConfig } from "../../../../../core/config/mod.ts";

/** A file with an instance of link-local addresses, as many as given. */
function fileOf(count: number): string {
  const vips = Array.from({ length: count }, (_, index) => `"fe80::${(index + 1).toString(16)}"`).join(", ");
  return `version: 1\nvrrp: [{ name: edge, vrid: 51, device: eth0, vips: [${vips}] }]\nservices: []\n`;
}

Deno.test("readVips() takes as many IPv6 addresses as an advertisement has room for, and names the number of others", async () => {
  const { vrrp } = await parseConfig(fileOf(90), { file: "web.yaml" });
  assert.equal(vrrp?.[0]?.vips.length, 90);
  await assert.rejects(
    parseConfig(fileOf(92), { file: "web.yaml" }),
    /an advertisement has room for 90 IPv6 addresses: got 92; use another instance for the rest$/,
  );
});

Deno.test("readState() accepts one vrid on one device for an instance of each family", async () => {
  const instances = [["four", "192.0.2.10"], ["six", '"fe80::51"']]
    .map(([name, address]) => `{ name: ${name}, vrid: 51, device: eth0, vips: ${address} }`).join(", ");
  const { vrrp } = await parseConfig(`version: 1\nvrrp: [${instances}]\nservices: []\n`, { file: "web.yaml" });
  assert.deepEqual(vrrp?.map(({ vrid }) => vrid), [51, 51]);
});
