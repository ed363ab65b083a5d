import assert from "node:assert/strict";
import { type MemoryDirector, MemoryLink, routerSettings, vip } from "../../../support/memory_vrrp.ts";

/** Two directors whose two routers are one group each, after the first has become active. */
function pairOfGroups(): readonly [link: MemoryLink, first: MemoryDirector, second: MemoryDirector] {
  const link = new MemoryLink();
  const groups = [{ name: "site", members: ["edge", "inside"] }];
  const [first, second] = ([[1, 200], [2, 100]] as const).map(([host, priority]) => {
    const director = link.add(`10.0.0.${host}`);
    const inside = routerSettings({ name: "inside", vrid: 52, vips: [vip("10.0.1.100")], priority });
    director.configure([routerSettings({ priority }), inside], groups);
    return director;
  });
  assert.ok(first !== undefined && second !== undefined);
  link.pass(5000);
  for (const director of [first, second]) director.deeds.length = 0;
  return [link, first, second];
}

/** What an active director does when its group gives up its addresses. */
const YIELDED = ["send 51 0", "send 52 0", "remove 10.0.0.100/32", "remove 10.0.1.100/32"];

Deno.test("Speaker that ends sends the last advertisements of all routers before it removes the first address", () => {
  const [, first] = pairOfGroups();
  first.end();
  assert.deepEqual(first.deeds, YIELDED);
});

Deno.test("Speaker sends the last advertisements of a group before it removes the first address", () => {
  const [, first] = pairOfGroups();
  first.speaker.setReleased("edge", true);
  assert.deepEqual(first.deeds, YIELDED);
});

Deno.test("Speaker sends the last advertisements of routers that another file lacks before it removes the first address", () => {
  const [, first] = pairOfGroups();
  first.configure([]);
  assert.deepEqual(first.deeds, YIELDED);
});

Deno.test("Speaker has added and announced the addresses of a whole group at the end of the turn that makes it active", () => {
  const [link, first, second] = pairOfGroups();
  // Only this test turns the second director from now on.
  first.isStopped = second.isStopped = true;
  link.pass(3600);
  link.now += 100;
  second.turn();
  assert.deepEqual(second.deeds, [
    ...["send 51 100", "add 10.0.0.100/32", "announce 10.0.0.100/32"],
    ...["send 52 100", "add 10.0.1.100/32", "announce 10.0.1.100/32"],
  ]);
});

Deno.test("Speaker has a virtual interface up only while it is active, with its addresses before the first packet from there", () => {
  const link = new MemoryLink();
  const director = link.add("10.0.0.1", routerSettings({ virtualMac: true, priority: 100 }));
  link.pass(3000);
  assert.deepEqual([[...director.virtualLinks], director.deeds], [["51 on eth0"], []]);
  link.pass(700);
  const taken = ["raise 51 on eth0", "add 10.0.0.100/32", "send 51 100", "announce 10.0.0.100/32"];
  assert.deepEqual(director.deeds.slice(0, 4), taken);
  director.deeds.length = 0;
  director.speaker.setReleased("edge", true);
  assert.deepEqual(director.deeds, ["send 51 0", "remove 10.0.0.100/32", "lower 51 on eth0"]);
});

Deno.test("Speaker claims a virtual hardware address with its first address alone", () => {
  const link = new MemoryLink();
  const vips = [vip("10.0.0.100"), vip("10.0.0.101")];
  const director = link.add("10.0.0.1", routerSettings({ virtualMac: true, priority: 255, vips }));
  director.deeds.length = 0;
  link.pass(50);
  assert.deepEqual(director.deeds, ["announce 10.0.0.100/32", "announce 10.0.0.100/32"]);
  link.pass(50);
  assert.deepEqual(director.deeds.slice(-2), ["announce 10.0.0.100/32", "announce 10.0.0.101/32"]);
});
