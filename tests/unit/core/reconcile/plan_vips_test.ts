import assert from "node:assert/strict";
import { formatVip, parsePrefix, type PresentVip, type Vip } from "../../../../core/model/mod.ts";
import { ownedVips, planVips } from "../../../../core/reconcile/mod.ts";

function vip(prefix: string, change: Partial<Vip> = {}): Vip {
  return { ...parsePrefix(prefix), device: "eth0", scope: "global", dad: false, prefixRoute: true, ...change };
}

function present(prefix: string, change: Partial<PresentVip> = {}): PresentVip {
  return { ...vip(prefix), owned: true, state: "up", ...change };
}

/** A plan in words: "addVip 192.0.2.10/32 on eth0", what comes before the services | what comes after. */
function planned(current: readonly PresentVip[] | undefined, wanted: readonly Vip[] | undefined): string {
  const { first, last } = planVips(current, wanted);
  return [first, last].map((part) => part.map((step) => `${step.operation} ${formatVip(step.vip)}`).join(", "))
    .join(" | ");
}

Deno.test("planVips() adds before the services change and deletes after", () => {
  assert.equal(
    planned([present("192.0.2.10")], [vip("192.0.2.11")]),
    "addVip 192.0.2.11/32 on eth0 | deleteVip 192.0.2.10/32 on eth0",
  );
});

Deno.test("planVips() moves a VIP by adding it there first", () => {
  assert.equal(
    planned([present("192.0.2.10")], [vip("192.0.2.10", { device: "eth1" })]),
    "addVip 192.0.2.10/32 on eth1 | deleteVip 192.0.2.10/32 on eth0",
  );
});

Deno.test("planVips() edits what differs and leaves what does not", () => {
  const wanted = vip("192.0.2.10");
  assert.equal(planned([present("192.0.2.10")], [wanted]), " | ");
  // How an address was checked when it was added, and its state, are nothing to change.
  assert.equal(planned([present("192.0.2.10", { dad: true, state: "down" })], [wanted]), " | ");
  for (
    const change of [{ label: "eth0:a" }, { scope: "link" }, { prefixRoute: false }, { prefixLength: 24 }] as const
  ) {
    assert.equal(planned([present("192.0.2.10", change)], [wanted]), "editVip 192.0.2.10/32 on eth0 | ");
  }
});

Deno.test("planVips() never touches what others added", () => {
  const others = [present("192.0.2.1/24", { owned: false }), present("192.0.2.10", { owned: false, scope: "link" })];
  assert.equal(planned(others, []), " | ");
  assert.equal(planned(others, [vip("192.0.2.10")]), " | ");
  assert.deepEqual(ownedVips(others), []);
});

Deno.test("planVips() leaves everything where nothing is wanted or nobody looked", () => {
  assert.equal(planned([present("192.0.2.10")], undefined), " | ");
  assert.equal(planned(undefined, [vip("192.0.2.10")]), " | ");
});

Deno.test("ownedVips() leads back to what there was", () => {
  const before = [present("192.0.2.10", { label: "eth0:a" }), present("192.0.2.1/24", { owned: false })];
  assert.deepEqual(ownedVips(before), [vip("192.0.2.10", { label: "eth0:a" })]);
});
