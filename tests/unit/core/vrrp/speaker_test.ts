import assert from "node:assert/strict";
import { parseIpAddress } from "../../../../core/model/mod.ts";
import { type Advertisement, encodeAdvertisement, VRRP_GROUP } from "../../../../core/vrrp/advertisement.ts";
import { type MemoryDirector, MemoryLink, routerSettings, vip } from "../../../support/memory_vrrp.ts";

/** Two directors with the priorities 200 and 100, after the first has become active. */
function pair(): readonly [link: MemoryLink, first: MemoryDirector, second: MemoryDirector] {
  const link = new MemoryLink();
  const first = link.add("10.0.0.1", routerSettings({ priority: 200 }));
  const second = link.add("10.0.0.2", routerSettings({ priority: 100 }));
  link.pass(4000);
  assert.deepEqual([first.state, second.state], ["active", "backup"]);
  return [link, first, second];
}

/** The moment when a director becomes active, after a moment. */
function untilActive(link: MemoryLink, director: MemoryDirector): number {
  const begin = link.now;
  while (director.state !== "active" && link.now < begin + 60_000) link.pass(1);
  return link.now - begin;
}

/** The problems that a director has reported. */
function problems({ events }: MemoryDirector): readonly string[] {
  return events.flatMap((event) => event.kind === "problem" ? [event.message] : []);
}

/** Gives a director an advertisement of a neighbour at 10.0.0.9. */
function hear(
  director: MemoryDirector,
  change: Partial<Advertisement> = {},
  packet: Readonly<Record<string, unknown>> = {},
): void {
  const source = parseIpAddress("10.0.0.9");
  const advertisement: Advertisement = {
    version: 3,
    vrid: 51,
    priority: 254,
    intervalMs: 1000,
    addresses: [parseIpAddress("10.0.0.100")],
    ...change,
  };
  const carrier = { source, destination: VRRP_GROUP.ipv4 };
  const message = encodeAdvertisement(advertisement, { ...carrier, form: "pseudo-header" });
  director.queue.push({ message, ...carrier, hopLimit: 255, ...packet });
  director.turn();
}

Deno.test("Speaker makes the router with the highest priority active, with its addresses", () => {
  const [, first, second] = pair();
  assert.deepEqual([...first.vips], ["10.0.0.100/32"]);
  assert.deepEqual([...second.vips], []);
  assert.equal(second.sent.length, 0);
});

Deno.test("Speaker takes over within the down interval when the active director is silent", () => {
  const [link, first, second] = pair();
  first.isStopped = true;
  const passedMs = untilActive(link, second);
  assert.ok(passedMs <= 3610 && passedMs >= 2600, `${passedMs}`);
});

Deno.test("Speaker takes over within the skew when the active director stops", () => {
  const [link, first, second] = pair();
  first.end();
  assert.deepEqual([...first.vips], []);
  assert.ok(untilActive(link, second) <= 610);
});

Deno.test("Speaker announces the addresses at once, several times, and again after five seconds", () => {
  const link = new MemoryLink();
  const director = link.add("10.0.0.1", routerSettings({ priority: 255 }));
  const begin = link.now;
  link.pass(10_000);
  assert.deepEqual(director.announcedAt.map((at) => at - begin), [0, 100, 200, 300, 400, 5000, 5100, 5200]);
});

Deno.test("Speaker lets the winner of a healed split announce the addresses within an interval", () => {
  const [link, first, second] = pair();
  link.delivers = () => false;
  link.pass(10_000);
  assert.deepEqual([first.state, second.state], ["active", "active"]);
  const healedAt = link.now;
  link.delivers = () => true;
  link.pass(1000);
  assert.deepEqual([first.state, second.state], ["active", "backup"]);
  assert.deepEqual([...second.vips], []);
  assert.ok(first.announcedAt.some((at) => at >= healedAt));
});

Deno.test("Speaker looks at what waits before a late timer fires", () => {
  const [link, first, second] = pair();
  second.isStopped = true;
  link.pass(20_000);
  second.isStopped = false;
  link.settle();
  assert.equal(second.state, "backup");
  assert.equal(second.sent.length, 0);
  assert.equal(first.state, "active");
});

Deno.test("Speaker that stood still while it was active gives up the addresses at once if another is active now", () => {
  const link = new MemoryLink();
  const first = link.add("10.0.0.1", routerSettings({ priority: 100 }));
  link.pass(4000);
  first.isStopped = true;
  const second = link.add("10.0.0.2", routerSettings({ priority: 200 }));
  link.pass(4000);
  assert.deepEqual([first.state, second.state], ["active", "active"]);
  first.sent.length = 0;
  first.isStopped = false;
  link.settle();
  assert.deepEqual([first.state, [...first.vips], second.state], ["backup", [], "active"]);
  // One lets the other announce the addresses again; none is for a late timer.
  assert.equal(first.sent.length, 1);
});

Deno.test("Speaker measures how late an advertisement is", () => {
  const [link, first] = pair();
  assert.equal(first.status[0]?.longestDelayMs, 0);
  for (const lateMs of [30, 10]) {
    link.now = first.dueAt + lateMs;
    first.turn();
    assert.equal(first.status[0]?.longestDelayMs, 30);
  }
});

Deno.test("Speaker says that a router with a lower priority hears nothing", () => {
  const [link, first, second] = pair();
  link.delivers = (from) => from === second;
  link.pass(20_000);
  assert.deepEqual([first.state, second.state], ["active", "active"]);
  assert.equal(first.status[0]?.isContested, true);
  assert.deepEqual(problems(first), [
    "10.0.0.2 stays active with the lower priority 100: it does not hear this router",
  ]);
  link.delivers = () => true;
  link.pass(2000);
  assert.equal(second.state, "backup");
  link.pass(3000);
  assert.equal(first.status[0]?.isContested, false);
});

Deno.test("Speaker counts each refused advertisement by its reason, and stays active", () => {
  const rows: readonly (readonly [reason: string, change: Partial<Advertisement>, packet?: Record<string, unknown>])[] =
    [
      ["hop-limit", {}, { hopLimit: 254 }],
      ["destination", {}, { destination: parseIpAddress("10.0.0.1") }],
      ["version-differs", { version: 2 }],
    ];
  for (const [reason, change, packet] of rows) {
    const [, first] = pair();
    const { source } = { source: parseIpAddress("10.0.0.9") };
    if (packet?.["destination"] === undefined) hear(first, change, packet);
    else {
      const carrier = { source, destination: parseIpAddress("10.0.0.1") };
      const content = { version: 3, vrid: 51, priority: 254, intervalMs: 1000, addresses: [source] } as const;
      hear(first, {}, { message: encodeAdvertisement(content, { ...carrier, form: "message" }), ...carrier });
    }
    assert.equal(first.state, "active", reason);
    assert.deepEqual(first.status[0]?.discarded, { [reason]: 1 });
    assert.equal(problems(first).length, 1, reason);
    hear(first, change, packet ?? {});
    assert.equal(problems(first).length, 1, `${reason} is reported once`);
  }
});

Deno.test("Speaker counts malformed messages, and those of other routers, without a router", () => {
  const [, first] = pair();
  hear(first, {}, { message: new Uint8Array(3) });
  hear(first, { vrid: 52 });
  assert.deepEqual(first.discarded, { length: 1, vrid: 1 });
  assert.equal(first.state, "active");
});

Deno.test("Speaker of version 2 refuses other passwords and intervals", () => {
  const link = new MemoryLink();
  const director = link.add("10.0.0.1", routerSettings({ version: 2, password: "secret" }));
  link.pass(4000);
  hear(director, { version: 2 });
  hear(director, { version: 2, password: "secreT" });
  hear(director, { version: 2, password: "secret", intervalMs: 2000 });
  assert.deepEqual(director.status[0]?.discarded, { "password": 2, "interval-differs": 1 });
  assert.equal(director.state, "active");
  hear(director, { version: 2, password: "secret" });
  assert.equal(director.state, "backup");
});

Deno.test("Speaker accepts other addresses in an advertisement, and reports them", () => {
  const [, first] = pair();
  hear(first, { addresses: [parseIpAddress("10.0.0.101")] });
  assert.equal(first.state, "backup");
  assert.deepEqual(problems(first), ["10.0.0.9 uses the vrid 51 for other addresses: 10.0.0.101"]);
});

Deno.test("Speaker with peers sends to each of them, and hears only them", () => {
  const link = new MemoryLink();
  const peers = ["10.0.0.2", "10.0.0.3"].map((peer) => parseIpAddress(peer));
  const director = link.add("10.0.0.1", routerSettings({ priority: 200, peers }));
  const other = link.add("10.0.0.2", routerSettings({ peers: [parseIpAddress("10.0.0.1")] }));
  link.pass(4000);
  assert.deepEqual([director.state, other.state], ["active", "backup"]);
  assert.deepEqual([...new Set(director.sent.map(({ destination }) => destination))], peers);
  hear(director, {}, { destination: parseIpAddress("10.0.0.1") });
  hear(director);
  assert.deepEqual(director.status[0]?.discarded, { peer: 1, destination: 1 });
});

Deno.test("Speaker hands multicast messages to the router without peers, though one with peers has the same number", () => {
  const link = new MemoryLink();
  const peers = [parseIpAddress("10.0.0.9")];
  const unicast = routerSettings({ name: "unicast", vips: [vip("10.0.0.200")], peers });
  link.add("10.0.0.1", routerSettings({ priority: 200 }));
  const other = link.add("10.0.0.2", unicast, routerSettings());
  link.pass(4000);
  assert.deepEqual(other.status.map(({ name, state }) => `${name} ${state}`), ["unicast active", "edge backup"]);
});

Deno.test("Speaker runs a router of each family, with its own addresses and source", () => {
  const link = new MemoryLink();
  const ipv6 = routerSettings({ family: "ipv6", vips: [vip("fe80::51"), vip("2001:db8::10/64")] });
  const director = link.add("10.0.0.1", routerSettings(), ipv6);
  const other = link.add("10.0.0.2", routerSettings({ priority: 50 }), { ...ipv6, priority: 50 });
  link.pass(5000);
  assert.deepEqual(director.status.map(({ state }) => state), ["active", "active"]);
  assert.deepEqual([...director.vips], ["10.0.0.100/32", "fe80::51/128", "2001:db8::10/64"]);
  assert.deepEqual(other.status.map(({ heard }) => heard?.address), ["10.0.0.1", "fe80::1"]);
});

Deno.test("Speaker is at fault while its interface is down or has no address, and then takes part again", () => {
  const [link, first, second] = pair();
  first.setDown("eth0", true);
  assert.deepEqual([first.state, first.status[0]?.reason], ["fault", "interface eth0 is down"]);
  assert.deepEqual([...first.vips], []);
  link.pass(4000);
  assert.equal(second.state, "active");
  first.setDown("eth0", false);
  link.pass(4000);
  assert.deepEqual([first.state, second.state], ["active", "backup"]);
  first.addressList = [];
  first.speaker.look();
  assert.equal(first.status[0]?.reason, "interface eth0 has no IPv4 address of its own");
});

Deno.test("Speaker closes the port of an interface that is down, because a new one of its name has another number", () => {
  const [link, first] = pair();
  assert.equal(first.openPorts, 1);
  first.setDown("eth0", true);
  assert.equal(first.openPorts, 0);
  first.setDown("eth0", false);
  link.pass(5000);
  assert.deepEqual([first.openPorts, first.state], [1, "active"]);
  first.end();
  assert.equal(first.openPorts, 0);
});

Deno.test("Speaker opens another port, and stays active, when its interface was created again between two looks", () => {
  const [link, first, second] = pair();
  first.generation++;
  first.vips.clear();
  first.speaker.look();
  assert.deepEqual([first.openPorts, first.opened.length], [1, 2]);
  link.pass(10_000);
  assert.deepEqual([first.state, second.state, [...first.vips]], ["active", "backup", ["10.0.0.100/32"]]);
});

Deno.test("Speaker says that its interface is missing", () => {
  const [, first] = pair();
  first.missing.add("eth0");
  first.speaker.look();
  assert.deepEqual([first.state, first.status[0]?.reason], ["fault", "there is no interface eth0"]);
});

Deno.test("Speaker hands over within the skew when its own address or the name of its interface is gone", () => {
  const losses: readonly ((director: MemoryDirector) => void)[] = [
    (director) => void (director.addressList = []),
    (director) => void director.missing.add("eth0"),
  ];
  for (const lose of losses) {
    const [link, first, second] = pair();
    lose(first);
    first.speaker.look();
    assert.deepEqual([first.state, problems(first), first.openPorts <= 1], ["fault", [], true]);
    assert.ok(untilActive(link, second) <= 610);
  }
});

Deno.test("Speaker reports no failed advertisement when its link is down", () => {
  const [link, first, second] = pair();
  first.setDown("eth0", true);
  assert.deepEqual([first.state, problems(first), first.openPorts], ["fault", [], 0]);
  assert.ok(untilActive(link, second) > 610);
});

Deno.test("Speaker does not take a VIP as its source", () => {
  const link = new MemoryLink();
  const director = link.add("10.0.0.1", routerSettings());
  director.addressList = ["10.0.0.100", "10.0.0.1"].map((address) => parseIpAddress(address));
  director.speaker.look();
  link.pass(4000);
  const other = link.add("10.0.0.2", routerSettings());
  link.pass(1000);
  assert.equal(other.status[0]?.heard?.address, "10.0.0.1");
});

Deno.test("Speaker gives up addresses when it is released, and takes them when it is resumed", () => {
  const [link, first, second] = pair();
  first.speaker.setReleased("edge", true);
  assert.deepEqual([first.state, [...first.vips]], ["released", []]);
  assert.ok(untilActive(link, second) <= 610);
  link.pass(20_000);
  assert.equal(first.state, "released");
  first.speaker.setReleased("edge", false);
  link.pass(4000);
  assert.deepEqual([first.state, second.state], ["active", "backup"]);
});

Deno.test("Speaker waits for its start-up delay", () => {
  const link = new MemoryLink();
  const director = link.add("10.0.0.1", routerSettings({ startupDelayMs: 5000 }));
  link.pass(4999);
  assert.deepEqual([director.state, director.sent.length], ["init", 0]);
  link.pass(1);
  assert.equal(director.state, "backup");
});

Deno.test("Speaker gives up addresses of a daemon without a sign of life", () => {
  const [, first] = pair();
  first.speaker.setFault(() => "the daemon gives no sign of life");
  first.turn();
  assert.deepEqual([first.state, [...first.vips]], ["fault", []]);
});

Deno.test("Speaker does not take over while signs of the active director wait behind many packets", () => {
  const [link, , second] = pair();
  second.isStopped = true;
  link.pass(20_000);
  const other = { message: new Uint8Array(3), source: parseIpAddress("10.0.0.9"), destination: VRRP_GROUP.ipv4 };
  second.queue.unshift(...Array.from({ length: 500 }, () => ({ ...other, hopLimit: 255 })));
  second.isStopped = false;
  link.settle();
  assert.deepEqual([second.state, second.sent.length, second.queue.length], ["backup", 0, 0]);
});

Deno.test("Speaker takes at most 64 packets at once from a port while nothing is due", () => {
  const [, first] = pair();
  const other = { message: new Uint8Array(3), source: parseIpAddress("10.0.0.9"), destination: VRRP_GROUP.ipv4 };
  first.queue.push(...Array.from({ length: 100 }, () => ({ ...other, hopLimit: 255 })));
  first.turn();
  assert.equal(first.queue.length, 36);
});

Deno.test("Speaker keeps the state of a router whose priority or addresses change, and restarts others", () => {
  const [link, first, second] = pair();
  first.configure([routerSettings({ priority: 150, vips: [vip("10.0.0.101")] })]);
  assert.deepEqual([first.state, [...first.vips]], ["active", ["10.0.0.101/32"]]);
  assert.equal(first.status[0]?.priority, 150);
  first.configure([routerSettings({ priority: 150, vrid: 52 })]);
  assert.deepEqual([first.state, [...first.vips]], ["backup", []]);
  link.pass(4000);
  assert.deepEqual([first.state, second.state], ["active", "active"]);
  first.configure([]);
  assert.deepEqual([first.state, [...first.vips]], ["none", []]);
});

Deno.test("Speaker changes its priority with what it tracks", () => {
  const link = new MemoryLink();
  const tracks = [{ label: "service web", weight: -60 }, { label: "interface eth1", interface: "eth1", weight: 10 }];
  const first = link.add("10.0.0.1", routerSettings({ priority: 140, tracks }));
  const second = link.add("10.0.0.2", routerSettings({ priority: 100 }));
  link.pass(4000);
  assert.deepEqual([first.status[0]?.priority, first.state], [150, "active"]);
  first.speaker.track({ "service web": "bad" });
  assert.equal(first.status[0]?.priority, 90);
  link.pass(4000);
  assert.deepEqual([first.state, second.state], ["backup", "active"]);
  first.speaker.track({ "service web": "good" });
  first.setDown("eth1", true);
  assert.equal(first.status[0]?.priority, 140);
  link.pass(4000);
  assert.equal(first.state, "active");
});

Deno.test("Speaker is at fault while a thing without a weight is bad, or not known yet", () => {
  const link = new MemoryLink();
  const director = link.add("10.0.0.1", routerSettings({ tracks: [{ label: "command /bin/up", weight: 0 }] }));
  assert.deepEqual([director.state, director.status[0]?.reason], ["fault", "command /bin/up is not known yet"]);
  director.speaker.track({ "command /bin/up": "good" });
  assert.equal(director.state, "backup");
  director.speaker.track({ "command /bin/up": "bad" });
  assert.deepEqual([director.state, director.status[0]?.reason], ["fault", "command /bin/up is down"]);
});

Deno.test("Speaker adds an address again that another program has removed from the active director, and announces it", () => {
  const [link, first, second] = pair();
  link.pass(10_000);
  const announced = first.announcedAt.length;
  first.vips.clear();
  first.speaker.look();
  second.speaker.look();
  link.pass(1000);
  assert.deepEqual([...first.vips, ...second.vips], ["10.0.0.100/32"]);
  assert.ok(first.announcedAt.length > announced);
  assert.deepEqual(problems(first), ["another program has removed 10.0.0.100/32: added again"]);
});

/** Two directors whose two routers are one group each, after the first has become active. */
function pairOfGroups(): readonly [link: MemoryLink, first: MemoryDirector, second: MemoryDirector] {
  const link = new MemoryLink();
  const inside = { name: "inside", vrid: 52, vips: [vip("10.0.1.100")] };
  const groups = [{ name: "site", members: ["edge", "inside"] }];
  const [first, second] = ([[1, 200], [2, 100]] as const).map(([host, priority]) => {
    const director = link.add(`10.0.0.${host}`);
    director.configure([routerSettings({ priority }), routerSettings({ ...inside, priority })], groups);
    return director;
  });
  assert.ok(first !== undefined && second !== undefined);
  link.pass(5000);
  return [link, first, second];
}

function statesOf(director: MemoryDirector): string {
  return director.status.map(({ state }) => state).join();
}

Deno.test("Speaker moves all routers of a group together", () => {
  const [link, first, second] = pairOfGroups();
  assert.deepEqual([statesOf(first), statesOf(second)], ["active,active", "backup,backup"]);
  first.speaker.setReleased("inside", true);
  assert.equal(statesOf(first), "fault,released");
  assert.equal(first.status[0]?.reason, "inside of its group: it is released");
  link.pass(1000);
  assert.equal(statesOf(second), "active,active");
  first.speaker.setReleased("inside", false);
  link.pass(5000);
  assert.deepEqual([statesOf(first), statesOf(second)], ["active,active", "backup,backup"]);
});

Deno.test("Speaker does not take a group over while one of its routers hears the active director", () => {
  const [link, first, second] = pairOfGroups();
  link.delivers = (_from, _to, vrid) => vrid !== 52;
  link.pass(30_000);
  assert.deepEqual([statesOf(first), statesOf(second)], ["active,active", "backup,backup"]);
  assert.match(second.status[1]?.reason ?? "", /^no advertisement for \d+ ms; it waits for edge of its group$/);
  link.delivers = () => false;
  link.pass(5000);
  assert.equal(statesOf(second), "active,active");
  link.delivers = () => true;
  link.pass(5000);
  assert.deepEqual([statesOf(first), statesOf(second)], ["active,active", "backup,backup"]);
});

Deno.test("Speaker lets a whole group yield when one of its routers hears a higher one", () => {
  const [, first] = pairOfGroups();
  hear(first, { vrid: 52, addresses: [parseIpAddress("10.0.1.100")] });
  assert.deepEqual([statesOf(first), [...first.vips]], ["backup,backup", []]);
});

Deno.test("Speaker gives routers that another file joins to one director, also if two had them", () => {
  for (const priority of [100, 200]) {
    const link = new MemoryLink();
    const settings = (edge: number, inside: number) => [
      routerSettings({ priority: edge }),
      routerSettings({ name: "inside", vrid: 52, vips: [vip("10.0.1.100")], priority: inside }),
    ];
    const first = link.add("10.0.0.1", ...settings(200, 100));
    const second = link.add("10.0.0.2", ...settings(100, 200));
    link.pass(5000);
    assert.deepEqual([statesOf(first), statesOf(second)], ["active,backup", "backup,active"]);
    const groups = [{ name: "site", members: ["edge", "inside"] }];
    first.configure(settings(200, priority), groups);
    second.configure(settings(100, priority), groups);
    link.pass(20_000);
    assert.deepEqual(new Set([statesOf(first), statesOf(second)]), new Set(["active,active", "backup,backup"]));
  }
});

Deno.test("Speaker with one priority for all gives a group to one director, also if the addresses of each link decide otherwise", () => {
  const link = new MemoryLink();
  link.delaysMs = () => [2];
  const ipv6 = { name: "inside", vrid: 52, family: "ipv6", vips: [vip("fe80::52")] } as const;
  const groups = [{ name: "site", members: ["edge", "inside"] }];
  const [first, second] = [link.add("10.0.0.1"), link.add("10.0.0.2")];
  first.addressList = ["10.0.0.1", "fe80::9"].map((address) => parseIpAddress(address));
  for (const director of [first, second]) director.configure([routerSettings(), routerSettings(ipv6)], groups);
  link.pass(20_000);
  assert.deepEqual([statesOf(first), statesOf(second)], ["active,active", "backup,backup"]);
  assert.deepEqual([...first.status, ...second.status].map(({ activations }) => activations), [2, 2, 1, 1]);
});

Deno.test("Speaker forgets what it knew of a router that a file lacked", () => {
  const link = new MemoryLink();
  const settings = routerSettings({ tracks: [{ label: "service web", weight: 0 }] });
  const director = link.add("10.0.0.1", settings);
  director.speaker.track({ "service web": "good" });
  director.speaker.setReleased("edge", true);
  director.configure([settings]);
  assert.equal(director.state, "released");
  director.configure([]);
  director.configure([settings]);
  assert.deepEqual([director.state, director.status[0]?.reason], ["fault", "service web is not known yet"]);
});

Deno.test("Speaker takes another start-up delay while it waits", () => {
  const link = new MemoryLink();
  const director = link.add("10.0.0.1", routerSettings({ startupDelayMs: 300_000 }));
  link.pass(2000);
  director.configure([routerSettings({ startupDelayMs: 5000 })]);
  link.pass(2999);
  assert.equal(director.state, "init");
  link.pass(1);
  assert.equal(director.state, "backup");
});

Deno.test("Speaker says for how long it has heard nothing, whatever the clock and what it heard long before", () => {
  const [link, first, second] = pair();
  first.setDown("eth0", true);
  link.pass(10_000);
  first.setDown("eth0", false);
  link.pass(1500);
  assert.deepEqual([first.state, second.state], ["backup", "active"]);
  second.isStopped = true;
  second.setDown("eth0", true);
  link.pass(3000);
  assert.deepEqual([first.state, first.status[0]?.reason], [
    "active",
    "its priority 200 is higher than 100 of 10.0.0.2",
  ]);
  first.setDown("eth0", true);
  first.setDown("eth0", false);
  link.timeOfDayMs -= 3_600_000;
  link.pass(5000);
  assert.match(first.status[0]?.reason ?? "", /^no advertisement for 32\d\d ms$/);
});

Deno.test("Speaker ignores its own advertisements that a link returns, and reports another router with its address", () => {
  const [, first] = pair();
  const source = parseIpAddress("10.0.0.1");
  const destination = VRRP_GROUP.ipv4;
  for (const priority of [200, 0, 250]) {
    const content = {
      version: 3,
      vrid: 51,
      priority,
      intervalMs: 1000,
      addresses: [parseIpAddress("10.0.0.100")],
    } as const;
    const message = encodeAdvertisement(content, { source, destination, form: "message" });
    hear(first, {}, { message, source });
  }
  assert.equal(first.state, "active");
  assert.deepEqual(first.status[0]?.discarded, { "own-address": 1 });
  assert.deepEqual(first.status[0]?.findings.map(({ kind }) => kind), ["source"]);
});

Deno.test("Speaker reports a packet that cannot be sent once, and goes on", () => {
  const [link, first] = pair();
  first.sendError = new Error("Cannot send to 224.0.0.18 on eth0: the kernel refuses it (ENETUNREACH)");
  link.pass(5000);
  assert.deepEqual(problems(first), [first.sendError.message]);
  assert.equal(first.state, "active");
});

Deno.test("Speaker reports its own failure although others have sent more packets that are findings than an hour has reports", () => {
  const [link, first] = pair();
  for (let host = 10; host < 200; host++) {
    hear(first, { priority: 50, addresses: [parseIpAddress(`10.0.1.${host}`)] });
  }
  assert.equal(problems(first).length, 50);
  first.sendError = new Error("Cannot send to 224.0.0.18 on eth0: there is no route (ENETUNREACH)");
  link.pass(5000);
  assert.deepEqual(problems(first).slice(50), [first.sendError.message]);
});
