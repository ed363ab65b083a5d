import assert from "node:assert/strict";
import { parseIpAddress, type Vip } from "../../core/model/mod.ts";
import { openVips } from "../../core/system/vips.ts";
import { NetlinkSocket } from "../../core/ffi/mod.ts";
import { REAL_SERVER_ADDRESS_PROTOCOL, RouteClient, type VipClient } from "../../core/rtnetlink/mod.ts";
import { IS_REAL_KERNEL } from "../support/contract_kernel.ts";
import { MemoryRoutes } from "../support/memory_routes.ts";

/** A client that sees no mark but the kernel's. */
function openClient(): VipClient {
  return IS_REAL_KERNEL ? openVips({ has: () => false, update: () => {} }) : new MemoryRoutes().openClient();
}

function vip(address: string, change: Partial<Vip> = {}): Vip {
  const prefixLength = address.includes(":") ? 128 : 32;
  const rest = { device: "lo", scope: "global", dad: false, prefixRoute: true } as const;
  return { address: parseIpAddress(address), prefixLength, ...rest, ...change };
}

/** What the client lists of the addresses that are lvsctl's, without what the state of lo adds. */
function owned(client: VipClient): readonly Vip[] {
  return client.vips().filter((present) => present.owned).map(({ owned: _owned, state: _state, ...rest }) => rest);
}

const ADDRESSES: readonly (readonly [string, Vip])[] = [
  ["an IPv4 address", vip("192.0.2.10")],
  [
    "an IPv4 address with everything",
    vip("192.0.2.10", {
      prefixLength: 24,
      label: "lo:web",
      scope: "link",
      prefixRoute: false,
    }),
  ],
  ["an IPv6 address", vip("2001:db8::10")],
  ["an IPv6 address with a network", vip("2001:db8::10", { prefixLength: 64, prefixRoute: false })],
];

for (const [what, added] of ADDRESSES) {
  Deno.test(`VipClient adds ${what}, lists it unchanged, and deletes it`, () => {
    using client = openClient();
    assert.deepEqual(owned(client), []);
    assert.deepEqual([...client.execute([{ operation: "addVip", vip: added }])], []);
    assert.deepEqual(owned(client), [added]);
    const again = [...client.execute([{ operation: "addVip", vip: added }]).values()].map(({ errno }) => errno);
    assert.deepEqual(again, ["EEXIST"]);
    assert.deepEqual([...client.execute([{ operation: "deleteVip", vip: added }])], []);
    const gone = [...client.execute([{ operation: "deleteVip", vip: added }]).values()].map(({ errno }) => errno);
    assert.deepEqual([gone, owned(client)], [["EADDRNOTAVAIL"], []]);
  });
}

Deno.test("VipClient distinguishes a real server's VIP from a director's", () => {
  const added = vip("192.0.2.10", { scope: "host" });
  const routes = new MemoryRoutes();
  using client = IS_REAL_KERNEL ? openClient() : routes.openClient();
  using other = new RouteClient(IS_REAL_KERNEL ? new NetlinkSocket("route") : routes.connect());
  const change = (operation: "addVip" | "deleteVip"): number =>
    other.execute([{ operation, vip: added }], { links: other.links(), protocol: REAL_SERVER_ADDRESS_PROTOCOL }).size;
  assert.equal(change("addVip"), 0);
  const seen = client.vips().filter(({ address }) => address === added.address);
  assert.deepEqual(seen.map(({ owned, scope, device }) => [owned, scope, device]), [[false, "host", "lo"]]);
  assert.equal(change("deleteVip"), 0);
});

Deno.test("VipClient edits an address in its place, and continues after a failed change", () => {
  using client = openClient();
  const [from, edited] = [vip("192.0.2.10"), vip("192.0.2.10", { label: "lo:web", scope: "host" })];
  client.execute([{ operation: "addVip", vip: from }]);
  const errors = client.execute([
    { operation: "addVip", vip: vip("192.0.2.11", { device: "nosuch0" }) },
    { operation: "editVip", from, vip: edited },
    { operation: "addVip", vip: vip("192.0.2.12") },
  ]);
  assert.deepEqual([...errors].map(([index, { errno }]) => [index, errno]), [[0, "ENODEV"]]);
  assert.deepEqual(owned(client), [edited, vip("192.0.2.12")]);
  client.execute(owned(client).map((present) => ({ operation: "deleteVip", vip: present })));
  assert.deepEqual(owned(client), []);
});
