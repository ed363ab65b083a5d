import assert from "node:assert/strict";
import { parseIpAddress } from "../../../../core/model/mod.ts";
import type { RouterSettings } from "../../../../core/vrrp/settings.ts";
import { MemoryLink, routerSettings, vip } from "../../../support/memory_vrrp.ts";

Deno.test("Speaker keeps the state of a router whose peers, password, interval or name change", () => {
  const rows: readonly Partial<RouterSettings>[] = [
    { peers: [parseIpAddress("10.0.0.2")] },
    { version: 2, password: "secret" },
    { version: 2, intervalMs: 2000 },
    { intervalMs: 200 },
    { source: parseIpAddress("10.0.0.1") },
    { checksum: "message" },
    { name: "other" },
  ];
  for (const change of rows) {
    const link = new MemoryLink();
    const before = routerSettings({ version: change.version ?? 3, priority: 200 });
    const director = link.add("10.0.0.1", before);
    link.pass(4000);
    director.sent.length = 0;
    director.configure([{ ...before, ...change }]);
    assert.deepEqual([director.state, [...director.vips]], ["active", ["10.0.0.100/32"]], JSON.stringify(change));
    link.pass(1000);
    assert.ok(director.sent.length > 0 || change.intervalMs === 2000);
    assert.ok(director.sent.every(({ message }) => message[2] === 200), "it does not stop");
  }
});

Deno.test("Speaker leaves an address on the machine that moves between active routers", () => {
  const [one, two] = [vip("10.0.0.100"), vip("10.0.0.101")];
  const [edge, inside] = [routerSettings({ vips: [one] }), routerSettings({ name: "inside", vrid: 52, vips: [two] })];
  const moves = [
    [{ ...edge, vips: [two] }, { ...inside, vips: [one] }],
    [{ ...inside, vips: [one, two] }],
    [{ ...edge, vips: [one, two] }],
  ];
  for (const routers of moves) {
    const link = new MemoryLink();
    const director = link.add("10.0.0.1", edge, inside);
    link.pass(4000);
    director.removed.length = 0;
    director.configure(routers);
    assert.deepEqual(director.removed, []);
    assert.deepEqual([...director.vips].sort(), ["10.0.0.100/32", "10.0.0.101/32"]);
    director.configure([]);
    assert.deepEqual([...director.vips], []);
  }
});

Deno.test("Speaker stays active with a new thing without a weight until its first result", () => {
  const link = new MemoryLink();
  const director = link.add("10.0.0.1", routerSettings());
  link.pass(4000);
  director.configure([routerSettings({ tracks: [{ label: "command /bin/up", weight: 0 }] })]);
  link.pass(4000);
  assert.deepEqual([director.state, director.status[0]?.tracks[0]?.state], ["active", "unknown"]);
  director.speaker.track({ "command /bin/up": "bad" });
  assert.deepEqual([director.state, director.status[0]?.reason], ["fault", "command /bin/up is down"]);
});

Deno.test("Speaker of an owner leaves addresses that the machine had before", () => {
  const link = new MemoryLink();
  const director = link.add("10.0.0.1");
  director.foreign.add("10.0.0.100/32");
  director.vips.add("10.0.0.100/32");
  director.configure([routerSettings({ priority: 255, vips: [vip("10.0.0.100"), vip("10.0.0.101")] })]);
  director.speaker.setReleased("edge", true);
  assert.deepEqual([...director.vips], ["10.0.0.100/32"]);
});

Deno.test("Speaker removes the addresses that a former process left", () => {
  const link = new MemoryLink();
  const director = link.add("10.0.0.1");
  director.vips.add("10.0.0.100/32");
  director.configure([routerSettings()]);
  assert.deepEqual([...director.vips], []);
});

Deno.test("Speaker reads interfaces and addresses once for all routers", () => {
  const link = new MemoryLink();
  const settings = Array.from(
    { length: 20 },
    (_, at) => routerSettings({ name: `r${at}`, vrid: at + 1, vips: [vip(`10.0.1.${at}`)] }),
  );
  const director = link.add("10.0.0.1", ...settings);
  const before = director.readings;
  director.speaker.look();
  assert.equal(director.readings, before + 1);
});

Deno.test("Speaker does not send to itself where a file names all directors", () => {
  const link = new MemoryLink();
  const peers = ["10.0.0.1", "10.0.0.2"].map((address) => parseIpAddress(address));
  const [first, second] = peers.map((address) => link.add(address, routerSettings({ peers })));
  link.pass(8000);
  assert.deepEqual([first?.state, second?.state], ["active", "backup"]);
  assert.deepEqual([...new Set(first?.sent.map(({ destination }) => destination))], ["10.0.0.2"]);
});

Deno.test("Speaker has excluded addresses while it is active, and does not advertise them", () => {
  const link = new MemoryLink();
  const excluded = [vip("10.0.0.150"), vip("2001:db8::150")];
  const director = link.add("10.0.0.1", routerSettings({ excludedVips: excluded }));
  link.pass(4000);
  assert.deepEqual([...director.vips], ["10.0.0.100/32", "10.0.0.150/32", "2001:db8::150/128"]);
  assert.ok(director.sent.every(({ message }) => message[3] === 1));
  assert.deepEqual(director.status[0]?.vips, [...director.vips]);
  director.configure([routerSettings({ excludedVips: excluded.slice(0, 1) })]);
  assert.deepEqual([director.state, [...director.vips]], ["active", ["10.0.0.100/32", "10.0.0.150/32"]]);
  director.speaker.setReleased("edge", true);
  assert.deepEqual([...director.vips], []);
});

Deno.test("Speaker multiplies the number of a file by the weight, and is at fault without a weight if it is not 0", () => {
  const link = new MemoryLink();
  const tracks = [{ label: "file /run/a", weight: -2 }, { label: "file /run/b", weight: 0 }];
  const director = link.add("10.0.0.1", routerSettings({ tracks }));
  director.speaker.track({ "file /run/a": 10, "file /run/b": 0 });
  assert.deepEqual([director.state, director.status[0]?.priority], ["backup", 80]);
  assert.deepEqual(director.status[0]?.tracks[0], { label: "file /run/a", weight: -2, state: "bad", value: 10 });
  director.speaker.track({ "file /run/b": 3 });
  assert.deepEqual([director.state, director.status[0]?.reason], ["fault", "file /run/b has the number 3"]);
});

Deno.test("Speaker with a virtual hardware address has an interface of its own as long as the router is in the file", () => {
  const link = new MemoryLink();
  const director = link.add("10.0.0.1", routerSettings({ virtualMac: true }));
  link.pass(4000);
  assert.deepEqual([...director.virtualLinks], ["51 on eth0"]);
  assert.deepEqual([director.opened, director.openPorts], [["lvs4.51"], 1]);
  director.configure([routerSettings({ virtualMac: true, priority: 50 })]);
  assert.deepEqual([director.state, [...director.virtualLinks], director.openPorts], ["active", ["51 on eth0"], 1]);
  director.configure([routerSettings()]);
  assert.deepEqual([[...director.virtualLinks], director.opened, director.openPorts], [[], ["lvs4.51", "eth0"], 1]);
  const peers = [parseIpAddress("10.0.0.2")];
  director.configure([routerSettings({ virtualMac: true, peers })]);
  assert.deepEqual([[...director.virtualLinks], director.openPorts], [["51 on eth0"], 1]);
  director.end();
  assert.deepEqual([[...director.virtualLinks], director.openPorts], [[], 0]);
});
