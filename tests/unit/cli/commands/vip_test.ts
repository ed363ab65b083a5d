import assert from "node:assert/strict";
import { parseIpAddress } from "../../../../core/model/mod.ts";
import { gratuitousArp } from "../../../../core/rtnetlink/arp.ts";
import { lvsctl } from "../../../support/command_line.ts";
import { fromHex } from "../../../support/hex.ts";
import { memoryKernel } from "../../../support/kernel_state.ts";
import { MemoryRoutes } from "../../../support/memory_routes.ts";

const VIP = "192.0.2.10";

/** The addresses, as "192.0.2.10 eth0 lvsctl". */
function addressesOf(routes: MemoryRoutes): readonly string[] {
  using client = routes.openClient();
  return client.vips().map(({ address, device, owned }) => `${address} ${device} ${owned ? "lvsctl" : "other"}`);
}

async function quietly(routes: MemoryRoutes, ...lines: readonly string[]): Promise<void> {
  for (const line of lines) assert.deepEqual(await lvsctl(line, { routes }), { code: 0, out: "", err: "" }, line);
}

/** Runs lines that have nothing to change, and say so. */
async function idly(routes: MemoryRoutes, ...lines: readonly string[]): Promise<void> {
  const before = addressesOf(routes);
  for (const line of lines) {
    assert.deepEqual(await lvsctl(line, { routes }), { code: 0, out: "Nothing to change\n", err: "" }, line);
    const { out } = await lvsctl(`${line} --json`, { routes });
    assert.deepEqual(JSON.parse(out), { version: 2, "dry_run": false, changed: false, changes: [] });
  }
  assert.deepEqual(addressesOf(routes), before);
}

async function refuses(routes: MemoryRoutes, line: string, refusal: readonly [number, RegExp]): Promise<void> {
  const before = addressesOf(routes);
  const { code, out, err } = await lvsctl(line, { routes });
  assert.deepEqual([code, out], [refusal[0], ""], line);
  assert.match(err, refusal[1]);
  assert.deepEqual(addressesOf(routes), before, line);
}

Deno.test("vip add adds, announces three times, and says nothing", async () => {
  const routes = new MemoryRoutes();
  await quietly(routes, `vip add ${VIP} --device eth0`);
  assert.deepEqual(addressesOf(routes), [`${VIP} eth0 lvsctl`]);
  // Three probes, and three times the two forms of an announcement.
  assert.equal(routes.frames.length, 9);
  assert.deepEqual(routes.waited, [200, 200]);
  await quietly(routes, "vip add 2001:db8::1 -d eth0 --announce-count 0", `vip announce ${VIP} --announce-count 1`);
  assert.equal(routes.frames.length, 14);
  assert.equal(routes.open, 0);
});

Deno.test("vip add refuses what is there, is elsewhere, or answers on the link", async () => {
  const routes = new MemoryRoutes();
  routes.addForeign([192, 0, 2, 1], { index: 2, prefixLength: 24 });
  await quietly(routes, `vip add ${VIP} --device eth0 --announce-count 0`);
  await idly(routes, `vip add ${VIP} -d eth0 --ensure`);
  await refuses(routes, `vip add ${VIP} --device eth0`, [
    1,
    /added by lvsctl \(EEXIST\); add --ensure to accept it\n$/,
  ]);
  await refuses(routes, `vip add ${VIP} --device eth1`, [1, /it is already on eth0 \(EEXIST\); .*--force/]);
  await refuses(routes, "vip add 192.0.2.1 --device eth0 --ensure", [1, /added by another program \(EEXIST\)/]);
  await idly(routes, "vip add 192.0.2.1/24 --device eth0 --ensure");
  const taken = { address: parseIpAddress("192.0.2.12"), hardwareAddress: fromHex("020000000099") };
  routes.incoming.push(...gratuitousArp(taken));
  await refuses(routes, "vip add 192.0.2.12 --device eth1", [1, /02:00:00:00:00:99 answers for it on that link/]);
  routes.incoming.push(...gratuitousArp(taken));
  await quietly(routes, "vip add 192.0.2.12 --device eth1 --force");
  assert.equal(addressesOf(routes).at(-1), "192.0.2.12 eth1 lvsctl");
});

Deno.test("vip add refuses what makes no sense, before it looks at anything", async () => {
  const routes = new MemoryRoutes();
  const cases: readonly (readonly [string, RegExp])[] = [
    ["vip add 192.0.2.10", /required option '-d, --device <name>' not specified/],
    ["vip add 192.0.2.10/33 -d eth0", /no valid prefix length; write 192.0.2.10\/32/],
    ["vip add web -d eth0", /"web" is not an IP address/],
    ["vip add 224.0.0.1 -d eth0", /is not an address that a host can have/],
    ["vip add 239.255.255.255 -d eth0", /is not an address that a host can have/],
    ["vip add 255.255.255.255 -d eth0", /is not an address that a host can have/],
    ["vip add 192.0.2.10 -d eth0 --dad", /of IPv6 addresses only/],
    ["vip add 2001:db8::1 -d eth0 --label eth0:a", /only IPv4 addresses have labels/],
    ["vip add 2001:db8::1 -d eth0 --dad --nodad", /--dad and --nodad exclude each other/],
    ["vip add 192.0.2.10 -d a/b", /"a\/b" is not the name of an interface/],
    ["vip add 192.0.2.10 -d eth0 --scope world", /not one of global, site, link, host/],
  ];
  for (const [line, pattern] of cases) await refuses(routes, line, [2, pattern]);
  assert.equal(routes.frames.length, 0);
});

Deno.test("vip add --ensure makes one that lvsctl added the same; --dry-run says so and sends nothing", async () => {
  const routes = new MemoryRoutes();
  await quietly(routes, `vip add ${VIP} -d eth0 --announce-count 0`);
  const sent = routes.frames.length;
  const line = `vip add ${VIP}/24 -d eth0 --label eth0:a --scope link --no-prefix-route --ensure`;
  assert.deepEqual(await lvsctl(`${line} --dry-run`, { routes }), {
    code: 0,
    out: `~ edit VIP ${VIP}/24 on eth0: label eth0:a, scope link, no prefix route\n`,
    err: "",
  });
  assert.equal(routes.frames.length, sent);
  const { out } = await lvsctl(`${line} --json`, { routes });
  assert.deepEqual(JSON.parse(out).changes[0].sets, {
    vip: `${VIP}/24`,
    address: VIP,
    "prefix_length": 24,
    family: "ipv4",
    device: "eth0",
    label: "eth0:a",
    scope: "link",
    dad: false,
    "prefix_route": false,
  });
  await idly(routes, line);
  assert.deepEqual(addressesOf(routes), [`${VIP} eth0 lvsctl`]);
});

Deno.test("vip delete deletes what lvsctl added, and with --force anything", async () => {
  const routes = new MemoryRoutes();
  routes.addForeign([192, 0, 2, 1], { index: 2, prefixLength: 24 });
  await quietly(
    routes,
    `vip add ${VIP} -d eth0 --announce-count 0`,
    `vip add ${VIP} -d eth1 --force --announce-count 0`,
  );
  await refuses(routes, "vip delete 192.0.2.1", [1, /lvsctl did not add it \(EPERM\); .*--force/]);
  await refuses(routes, `vip delete ${VIP}`, [2, /eth0 and eth1 have it; name one with --device/]);
  await refuses(routes, "vip delete 192.0.2.9", [1, /no interface has it \(EADDRNOTAVAIL\)/]);
  await refuses(routes, "vip announce 192.0.2.9", [1, /no interface has it \(EADDRNOTAVAIL\)/]);
  await quietly(routes, `vip delete ${VIP} -d eth1`, `vip delete ${VIP}`);
  await idly(routes, `vip delete ${VIP} --ensure`, `vip delete ${VIP} --if-exists`);
  await quietly(routes, "vip delete 192.0.2.1 --force");
  assert.deepEqual(addressesOf(routes), []);
});

Deno.test("vip delete takes the one with the prefix length that is named", async () => {
  const routes = new MemoryRoutes();
  await quietly(routes, `vip add ${VIP}/24 -d eth0 --announce-count 0`);
  await refuses(routes, `vip delete ${VIP}/32`, [
    1,
    /Cannot delete VIP 192\.0\.2\.10\/32: no interface has it, but there is 192\.0\.2\.10\/24 on eth0 \(EADDRNOTAVAIL\)/,
  ]);
  await refuses(routes, `vip announce ${VIP}/32`, [1, /but there is 192\.0\.2\.10\/24 on eth0/]);
  await idly(routes, `vip delete ${VIP}/32 --ensure`);
  assert.deepEqual(addressesOf(routes), [`${VIP} eth0 lvsctl`]);
  routes.addForeign([192, 0, 2, 10], { index: 2, prefixLength: 32 });
  await refuses(routes, `vip delete ${VIP}`, [
    2,
    /: eth0 has it twice; name one as 192\.0\.2\.10\/24 or 192\.0\.2\.10\/32$/m,
  ]);
  await quietly(routes, `vip delete ${VIP}/24`);
  assert.deepEqual(addressesOf(routes), [`${VIP} eth0 other`]);
});

Deno.test("vip delete of the primary address of a subnet leaves the others", async () => {
  const routes = new MemoryRoutes();
  await quietly(routes, `vip add ${VIP}/24 -d eth0 --announce-count 0`);
  routes.addForeign([192, 0, 2, 11], { index: 2, prefixLength: 24 });
  await quietly(routes, "vip add 192.0.2.12/24 -d eth0 --announce-count 0", `vip delete ${VIP}`);
  assert.deepEqual(addressesOf(routes), ["192.0.2.11 eth0 other", "192.0.2.12 eth0 lvsctl"]);
  assert.deepEqual(routes.promotions, ["eth0"]);
});

Deno.test("vip delete leaves the kernel as it is where no other address is of the same subnet", async () => {
  const routes = new MemoryRoutes();
  routes.addForeign([192, 0, 2, 1], { index: 2, prefixLength: 24 });
  routes.addForeign([192, 0, 2, 2], { index: 3, prefixLength: 32 });
  routes.addForeign([198, 51, 100, 2], { index: 2, prefixLength: 32 });
  const lines = [VIP, "2001:db8::1/64", "2001:db8::2/64"].flatMap((address) => [
    `vip add ${address} -d eth0 --announce-count 0`,
    `vip delete ${address}`,
  ]);
  await quietly(routes, ...lines);
  assert.deepEqual(routes.promotions, []);
});

Deno.test("vip announce needs a neighbour", async () => {
  const routes = new MemoryRoutes();
  await quietly(routes, `vip add ${VIP} -d lo`);
  assert.equal(routes.frames.length, 0);
  await refuses(routes, `vip announce ${VIP}`, [1, /lo has no neighbour to tell/]);
});

Deno.test("vip list shows VIPs with their services, and services' addresses that are nowhere", async () => {
  const [kernel, routes] = [memoryKernel({}), new MemoryRoutes()];
  routes.addForeign([192, 0, 2, 1], { index: 2, prefixLength: 24 });
  await quietly(routes, `vip add ${VIP} -d eth0`);
  for (const service of [`tcp://${VIP}:80`, `udp://${VIP}:53`, "tcp://[2001:db8::1]:80", "fwmark:1"]) {
    assert.equal((await lvsctl(`service add ${service}`, { kernel })).err, "");
  }
  assert.equal(
    (await lvsctl("vip list", { kernel, routes })).out,
    [
      "ADDRESS        DEVICE  STATE    OWNER   SERVICES",
      "192.0.2.10/32  eth0    up       lvsctl  tcp://192.0.2.10:80 udp://192.0.2.10:53",
      "2001:db8::1    -       missing  -       tcp://[2001:db8::1]:80",
      "",
    ].join("\n"),
  );
  const [first, second] = JSON.parse((await lvsctl("vip list --json", { kernel, routes })).out).vips;
  assert.deepEqual([first.owner, first.services.length, second.device, second.state], ["lvsctl", 2, null, "missing"]);
});

Deno.test("save and restore have the VIPs that lvsctl added, and no others", async () => {
  const [kernel, routes] = [memoryKernel({}), new MemoryRoutes()];
  routes.addForeign([192, 0, 2, 1], { index: 2, prefixLength: 24 });
  await quietly(routes, `vip add ${VIP} -d eth0`, "vip add 2001:db8::1 -d eth1");
  const { out: saved } = await lvsctl("save", { kernel, routes });
  const before = addressesOf(routes);
  await quietly(routes, `vip delete ${VIP}`, "vip add 192.0.2.12 -d eth0");
  const restored = await lvsctl("restore - --yes --json", { kernel, routes, stdin: saved });
  assert.deepEqual(JSON.parse(restored.out).changes.map(({ description }: { description: string }) => description), [
    "add VIP 192.0.2.10/32 on eth0",
    "delete VIP 192.0.2.12/32 on eth0",
  ]);
  assert.deepEqual([...addressesOf(routes)].sort(), [...before].sort());
  const without = saved.replace(/vips:\n(?: {2}-.*\n)+/, "");
  assert.equal((await lvsctl("restore -", { kernel, routes, stdin: without })).code, 0);
  assert.deepEqual([...addressesOf(routes)].sort(), [...before].sort());
});

Deno.test("restore does nothing if a VIP is taken, and puts VIPs back if the table refuses", async () => {
  const [kernel, routes] = [memoryKernel({}), new MemoryRoutes()];
  await quietly(routes, "vip add 192.0.2.12 -d eth0");
  const file = (vip: string): string =>
    `version: 1\nvips: [{ address: ${vip}, device: eth0 }]\nservices: [{ listen: "tcp://${VIP}:80", scheduler: nope }]\n`;
  routes.incoming.push(...gratuitousArp({ address: parseIpAddress(VIP), hardwareAddress: fromHex("020000000099") }));
  const taken = await lvsctl("restore - --yes", { kernel, routes, stdin: file(VIP) });
  assert.match(taken.err, /answers for it on that link/);
  routes.incoming.length = 0;
  const refused = await lvsctl("restore - --yes", { kernel, routes, stdin: file(VIP) });
  assert.deepEqual([taken.code, refused.code], [1, 1]);
  assert.match(refused.err, /no scheduler "nope".*; the table is as it was before\n$/);
  assert.deepEqual(addressesOf(routes), ["192.0.2.12 eth0 lvsctl"]);
  routes.faults.failChange(0, 1);
  assert.match((await lvsctl("restore - --yes", { kernel, routes, stdin: file(VIP) })).err, /add VIP .*\(EPERM\)/);
  assert.deepEqual(addressesOf(routes), ["192.0.2.12 eth0 lvsctl"]);
});

Deno.test("vip add takes addresses beyond the multicast ones, which the kernel treats as ordinary ones", async () => {
  const { code, err } = await lvsctl("vip add 240.0.0.5 -d eth0 --dry-run", { routes: new MemoryRoutes() });
  assert.deepEqual([code, err], [0, ""]);
});
