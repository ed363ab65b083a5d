import assert from "node:assert/strict";
import { LvsctlError } from "../../../../core/errors/mod.ts";
import { parseIpAddress } from "../../../../core/model/mod.ts";
import type { RouterSettings } from "../../../../core/vrrp/settings.ts";
import { MemoryLink, routerSettings, vip } from "../../../support/memory_vrrp.ts";

Deno.test("Speaker lowers a virtual interface that could not be lowered, at the next look", () => {
  const link = new MemoryLink();
  const director = link.add("10.0.0.1", routerSettings({ virtualMac: true }));
  link.pass(5000);
  assert.equal(director.raisedLinks.size, 1);
  const set = director.setVirtualLink.bind(director);
  director.setVirtualLink = () => ["Cannot bring down the interface"];
  director.speaker.setReleased("edge", true);
  director.setVirtualLink = set;
  director.speaker.look();
  assert.equal(director.raisedLinks.size, 0);
});

Deno.test("Speaker: an active router stays active while its virtual interface cannot be looked at", () => {
  const link = new MemoryLink();
  const director = link.add("10.0.0.1", routerSettings({ virtualMac: true }));
  link.pass(5000);
  assert.equal(director.state, "active");
  const add = director.addVirtualLink.bind(director);
  director.addVirtualLink = () => {
    throw new LvsctlError("the list changed", { operation: "list the interfaces", errno: "EINTR" });
  };
  director.speaker.look();
  director.addVirtualLink = add;
  assert.equal(director.state, "active");
});

Deno.test("Speaker: a router with peers and a virtual interface shares its port with others", () => {
  const link = new MemoryLink();
  const peers = [parseIpAddress("10.0.0.2")];
  const director = link.add(
    "10.0.0.1",
    routerSettings({ name: "plain", peers, priority: 255 }),
    routerSettings({ name: "edge", vrid: 52, virtualMac: true, peers, priority: 255, vips: [vip("10.0.0.101")] }),
  );
  link.pass(5000);
  assert.deepEqual(
    director.events.filter(({ kind }) => kind === "problem").map((e) => "message" in e ? e.message : ""),
    [],
  );
});

Deno.test("Speaker reports a copy of its machine, which has its address and its priority", () => {
  const link = new MemoryLink();
  link.add("10.0.0.1", routerSettings());
  link.pass(5000);
  const copy = link.add("10.0.0.1", routerSettings());
  link.pass(10_000);
  const problems = copy.events.flatMap((event) => event.kind === "problem" ? [event.message] : []);
  assert.deepEqual(problems, [
    "it discards the advertisements of 10.0.0.1: it has this address too; give each director its own one",
  ]);
});

Deno.test("Speaker counts a message once that arrives at the ports of several virtual interfaces, and none that is for one of them", () => {
  const link = new MemoryLink();
  const routers = (priority: number): readonly RouterSettings[] => [
    routerSettings({ virtualMac: true, priority }),
    routerSettings({ name: "inside", vrid: 52, virtualMac: true, priority, vips: [vip("10.0.0.101")] }),
  ];
  const [active, backup] = [link.add("10.0.0.1", ...routers(200)), link.add("10.0.0.2", ...routers(100))];
  link.pass(10_000);
  assert.deepEqual(active.status.map(({ state }) => state), ["active", "active"]);
  assert.deepEqual(backup.status.map(({ state }) => state), ["backup", "backup"]);
  assert.deepEqual([active.discarded, backup.discarded], [{}, {}]);
  const other = link.add("10.0.0.3", routerSettings({ vrid: 53, priority: 255, vips: [vip("10.0.0.102")] }));
  const before = other.sent.length;
  link.pass(5000);
  assert.ok(other.sent.length > before);
  assert.deepEqual(backup.discarded, { vrid: other.sent.length });
});
