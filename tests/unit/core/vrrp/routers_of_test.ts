import assert from "node:assert/strict";
import { parseConfig } from "../../../../core/config/mod.ts";
import { routersOf } from "../../../../core/vrrp/routers_of.ts";

Deno.test("routersOf() makes one router for each family of an instance, with its own peers and source", async () => {
  const desired = await parseConfig(
    `version: 1
vrrp:
  - name: edge
    vrid: 51
    device: eth0
    vips: ["fe80::51", 192.0.2.10, "2001:db8::10/64"]
    peers: [10.0.0.2, "fe80::2"]
    source: "fe80::1"
    preempt: { delay: 3s }
    track: [{ interface: eth1, weight: -5 }, { service: web }, { command: [/bin/up, now] }]
  - { name: inside, vrid: 52, device: eth1, vips: 10.0.0.1, preempt: false }
vrrp_groups: [{ name: site, members: [edge, inside] }]
services: [{ name: web, listen: tcp://192.0.2.10:80 }]
`,
    { file: "web.yaml" },
  );
  const { routers, groups } = routersOf(desired);
  assert.deepEqual(groups, [{ name: "site", members: ["edge", "inside"] }]);
  assert.deepEqual(
    routers.map((
      { name, family, vips, peers, source },
    ) => [name, family, vips.map(({ address }) => address), peers, source]),
    [
      ["edge", "ipv4", ["192.0.2.10"], ["10.0.0.2"], undefined],
      ["edge", "ipv6", ["fe80::51", "2001:db8::10"], ["fe80::2"], "fe80::1"],
      ["inside", "ipv4", ["10.0.0.1"], [], undefined],
    ],
  );
  assert.deepEqual(routers[0]?.tracks, [
    { label: "interface eth1", interface: "eth1", weight: -5 },
    { label: "service web", interface: undefined, weight: 0 },
    { label: "command /bin/up now", interface: undefined, weight: 0 },
  ]);
  assert.deepEqual(routers.map(({ preemption }) => preemption), [
    { isAllowed: true, delayMs: 3000 },
    { isAllowed: true, delayMs: 3000 },
    { isAllowed: false, delayMs: 0 },
  ]);
});

Deno.test("routersOf() gives excluded addresses to the router of their family, or to the only one", async () => {
  const instance = (name: string, vips: string, excluded: string): string =>
    `{ name: ${name}, vrid: 51, device: ${name}, vips: [${vips}], vips_excluded: [${excluded}] }`;
  const both = instance("both", '"fe80::51", 192.0.2.10', '192.0.2.11, "2001:db8::11"');
  const one = instance("one", "192.0.2.12", '192.0.2.13, "2001:db8::13"');
  const { routers } = routersOf(
    await parseConfig(`version: 1\nvrrp: [${both}, ${one}]\nservices: []\n`, { file: "web.yaml" }),
  );
  assert.deepEqual(routers.map(({ excludedVips }) => excludedVips.map(({ address }) => address)), [
    ["192.0.2.11"],
    ["2001:db8::11"],
    ["192.0.2.13", "2001:db8::13"],
  ]);
});

Deno.test("routersOf() puts the addresses of a virtual hardware address on an interface of their own", async () => {
  const { routers } = routersOf(
    await parseConfig(
      "version: 1\nvrrp: [{ name: edge, vrid: 51, device: eth0, virtual_mac: true, vips: ['fe80::51', 192.0.2.10], " +
        "vips_excluded: 192.0.2.11 }]\nservices: []\n",
      { file: "web.yaml" },
    ),
  );
  const devices = routers.map((
    { device, vips, excludedVips },
  ) => [device, ...[...vips, ...excludedVips].map((vip) => vip.device)]);
  assert.deepEqual(devices, [["eth0", "lvs4.51", "lvs4.51"], ["eth0", "lvs6.51"]]);
});

Deno.test("routersOf() makes none without instances", () => {
  assert.deepEqual(routersOf({}), { routers: [], groups: [] });
});
