import assert from "node:assert/strict";
import { LvsctlError } from "../../../../core/errors/mod.ts";
import { parseIpAddress } from "../../../../core/model/mod.ts";
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
