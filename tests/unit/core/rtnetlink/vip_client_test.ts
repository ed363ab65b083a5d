import assert from "node:assert/strict";
import { parseIpAddress, type Vip } from "../../../../core/model/mod.ts";
import { gratuitousArp } from "../../../../core/rtnetlink/arp.ts";
import { fromHex, toHex } from "../../../support/hex.ts";
import { MemoryRoutes } from "../../../support/memory_routes.ts";

function vip(address: string, change: Partial<Vip> = {}): Vip {
  const prefixLength = address.includes(":") ? 128 : 32;
  const rest = { device: "eth0", scope: "global", dad: false, prefixRoute: true } as const;
  return { address: parseIpAddress(address), prefixLength, ...rest, ...change };
}

Deno.test("VipClient.execute() marks its addresses, and vips() reports the mark", () => {
  const routes = new MemoryRoutes();
  routes.addForeign([192, 0, 2, 1], { index: 2, prefixLength: 24 });
  using client = routes.openClient();
  const added = [vip("192.0.2.10", { label: "eth0:web" }), vip("2001:db8::10"), vip("192.0.2.11", { device: "eth1" })];
  assert.equal(client.execute(added.map((one) => ({ operation: "addVip", vip: one }))).size, 0);
  assert.deepEqual(client.vips(), [
    { ...vip("192.0.2.1", { prefixLength: 24 }), owned: false, state: "up" },
    ...added.map((one) => ({ ...one, owned: true, state: "up" })),
  ]);
});

Deno.test("VipClient records its addresses for a kernel that does not store marks", () => {
  const routes = new MemoryRoutes();
  routes.keepsProtocol = false;
  using client = routes.openClient();
  client.execute([{ operation: "addVip", vip: vip("192.0.2.10") }]);
  routes.addForeign([192, 0, 2, 1], { index: 2, prefixLength: 24 });
  assert.deepEqual(client.vips().map(({ address, owned }) => [address, owned]), [
    ["192.0.2.10", true],
    ["192.0.2.1", false],
  ]);
  client.execute([{ operation: "deleteVip", vip: vip("192.0.2.10") }]);
  routes.addForeign([192, 0, 2, 10], { index: 2, prefixLength: 32 });
  assert.deepEqual(client.vips().map(({ owned }) => owned), [false, false]);
});

Deno.test("VipClient.vips() reports an interface that is down", () => {
  const routes = new MemoryRoutes([{ name: "eth0", isUp: false }]);
  using client = routes.openClient();
  client.execute([{ operation: "addVip", vip: vip("192.0.2.10") }]);
  assert.deepEqual(client.vips().map(({ state }) => state), ["down"]);
});

Deno.test("VipClient.announce() sends the requested number of times, with pauses, on interfaces with neighbours", async () => {
  const routes = new MemoryRoutes([{ name: "lo", hardware: 772 }, { name: "eth0" }, { name: "eth1" }]);
  using client = routes.openClient();
  const vips = [vip("192.0.2.10"), vip("2001:db8::10", { device: "eth1" }), vip("192.0.2.12", { device: "lo" })];
  const announced = await client.announce(vips, { count: 3, intervalMs: 50 });
  assert.deepEqual(announced.map(({ address }) => address), ["192.0.2.10", "2001:db8::10"]);
  assert.deepEqual(routes.waited, [50, 50]);
  assert.equal(routes.frames.length, 9);
  const first = gratuitousArp({ address: parseIpAddress("192.0.2.10"), hardwareAddress: fromHex("020000000002") });
  assert.deepEqual(routes.frames.slice(0, 2).map(toHex), first.map(toHex));
  // eth1 forwards, which the advertisement says.
  assert.equal(routes.frames[2]?.[58], 0xa0);
  assert.equal(routes.open, 1, "all but the client's own socket is closed");
});

Deno.test("VipClient.assertFree() probes three times, and throws for a VIP that another host has", () => {
  const routes = new MemoryRoutes();
  using client = routes.openClient();
  client.assertFree([vip("192.0.2.10"), vip("2001:db8::10")]);
  assert.equal(routes.frames.length, 6);
  routes.incoming.push(
    ...gratuitousArp({ address: parseIpAddress("192.0.2.10"), hardwareAddress: fromHex("0200 0000 0099") }),
  );
  assert.throws(() => client.assertFree([vip("192.0.2.11"), vip("192.0.2.10")]), {
    message: "Cannot add VIP 192.0.2.10/32 on eth0: 02:00:00:00:00:99 answers for it on that link (EADDRINUSE); " +
      "remove it from that host first, or add --force to take it over",
  });
  assert.equal(routes.open, 1);
});

Deno.test("VipClient.holders() names each other host once, and no interface of this machine", () => {
  const routes = new MemoryRoutes();
  using client = routes.openClient();
  assert.deepEqual(client.holders([]), []);
  const own = client.links().find(({ name }) => name === "eth1")?.hardwareAddress ?? new Uint8Array(6);
  const address = parseIpAddress("192.0.2.10");
  for (const hardwareAddress of [fromHex("0200 0000 0099"), own, fromHex("0200 0000 0098")]) {
    routes.incoming.push(...gratuitousArp({ address, hardwareAddress }));
  }
  const vips = [vip("192.0.2.11"), vip("192.0.2.10")];
  assert.deepEqual(
    client.holders(vips).map(({ vip, hardwareAddress }) => `${vip.address} ${hardwareAddress}`),
    ["192.0.2.10 02:00:00:00:00:99", "192.0.2.10 02:00:00:00:00:98"],
  );
  assert.equal(routes.open, 1, "all but the client's own socket is closed");
});
