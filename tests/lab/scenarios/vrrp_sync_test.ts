/**
 * Established connections of every method survive each change of the active director, while a client asks the VIP.
 *
 * @module
 */
import assert from "node:assert/strict";
import type { BackgroundProcess } from "../background_process.ts";
import { until } from "../director.ts";
import { KeptConnections } from "../kept_connections.ts";
import { inNamespace, ip, mustRun, Namespaces } from "../namespace.ts";
import { DIRECTORS, SLACK_MS, VIP, VrrpLan } from "../vrrp_lan.ts";
import { killDaemon } from "../vrrp_pair.ts";

/** A client waits for less than half a second. */
const INTERVAL_MS = 100;

/** The longest times without an answer, when the active director stops and when it dies; milliseconds. */
const SKEW_MS = (256 - 100) * INTERVAL_MS / 256;
const DOWN_MS = 3 * INTERVAL_MS + SKEW_MS;

/** Time until the director that returns takes the VIP again: longer than it needs to learn the connections. */
const DELAY_MS = 5000;

/** The default route of the nat server, which moves with the VIP. */
const INSIDE = "10.1.0.100";

/** The ports of the services of all methods. */
const PORTS = { nat: 8001, dr: 8002, tun: 8003 } as const;

/** How many connections there are of each method. */
const EACH = 17;

const SERVICES = [
  `{ listen: "tcp://${VIP.ipv4}:${PORTS.nat}", forward: nat, servers: ["10.1.0.10:${PORTS.nat}"] }`,
  `{ listen: "tcp://${VIP.ipv4}:${PORTS.dr}", forward: dr, servers: ["10.0.0.30:${PORTS.dr}"] }`,
  `{ listen: "tcp://${VIP.ipv4}:${PORTS.tun}", forward: tun, servers: ["10.0.0.40:${PORTS.tun}"] }`,
];

/** Both instances of a director, one of which the sync daemons follow, and a program that notes the states. */
function instances(name: string, priority: number): string {
  const common = `priority: ${priority}, interval: ${INTERVAL_MS}ms, preempt: { delay: ${DELAY_MS}ms }`;
  // The sync daemons and addresses are those of the moment when the program runs.
  const sync = "$(ipvsadm -L --daemon | cut -d' ' -f1)";
  const addresses = `$(ip -o addr show to ${VIP.ipv4}/32 | wc -l)`;
  const command = `echo {name} {state} ${sync} ${addresses} >>/tmp/states-${name}`;
  const notify = `notify: [{ type: exec, command: [/bin/sh, -c, "${command}"] }]`;
  return `{ name: edge, vrid: 51, device: eth0, ${common}, vips: [${VIP.ipv4}/24], sync: { device: eth1 }, ${notify} }
  - { name: inside, vrid: 52, device: eth1, ${common}, vips: [${INSIDE}/24] }
vrrp_groups: [{ name: site, members: [edge, inside], ${notify} }]`;
}

/** The LAN with a second one behind the directors, and a server of each method. */
async function addServers(): Promise<Namespaces> {
  const modprobe = (await Deno.readTextFile("/proc/sys/kernel/modprobe")).trim();
  // Each new namespace then has the device tunl0.
  await mustRun([modprobe, "ipip"]);
  const servers = ["rsnat", "rsdr", "rstun"];
  const namespaces = await Namespaces.create(servers, [
    ...DIRECTORS.map((name) => `link add dev eth1 netns ${name} type veth peer name ${name}-inside netns lan`),
    ...servers.map((name) => `link add dev eth0 netns ${name} type veth peer name ${name} netns lan`),
  ]);
  await ip([
    "link add br1 type bridge mcast_snooping 0",
    "link set br1 up",
    ...["one-inside", "two-inside", "rsnat"].map((name) => `link set dev ${name} master br1 up`),
    "link set dev rsdr master br0 up",
    "link set dev rstun master br0 up",
  ], "lan");
  for (const [index, name] of DIRECTORS.entries()) {
    await ip(["link set eth1 up", `addr add 10.1.0.${index + 1}/24 dev eth1`], name);
    const sysctls = ["net.ipv4.ip_forward=1", "net.ipv4.conf.all.send_redirects=0", "net.ipv4.vs.sync_threshold=2 4"];
    await mustRun(["ip", "netns", "exec", name, "sysctl", "-qw", ...sysctls]);
  }
  await ip(["link set eth0 up", "addr add 10.1.0.10/24 dev eth0", `route add default via ${INSIDE}`], "rsnat");
  const arp = ["net.ipv4.conf.all.arp_ignore=1", "net.ipv4.conf.all.arp_announce=2"];
  await mustRun(["ip", "netns", "exec", "rsdr", "sysctl", "-qw", ...arp]);
  // What comes out of the tunnel has a source that is routed elsewhere.
  const filters = ["net.ipv4.conf.all.rp_filter=0", "net.ipv4.conf.tunl0.rp_filter=0"];
  await mustRun(["ip", "netns", "exec", "rstun", "sysctl", "-qw", ...arp, ...filters]);
  const tunnel = ["link set tunl0 up", `addr add ${VIP.ipv4}/32 dev tunl0`];
  await ip(["link set eth0 up", "addr add 10.0.0.40/24 dev eth0", ...tunnel], "rstun");
  await ip(["link set eth0 up", "addr add 10.0.0.30/24 dev eth0", `addr add ${VIP.ipv4}/32 dev lo`], "rsdr");
  return namespaces;
}

/** The running sync daemons of a director. */
async function roles(name: string): Promise<string> {
  const { stdout } = await inNamespace(name, ["ipvsadm", "-L", "--daemon"]);
  return [...stdout.matchAll(/^(master|backup) sync daemon \(mcast=eth1, syncid=51/gm)].map(([, role]) => role).join();
}

/** Asserts that a director has announced its addresses before it has started the sync daemon. */
function assertOrder({ stderr }: BackgroundProcess, announcements: string): void {
  const [, time = ""] = /^(\S+) notice: the sync daemon master runs/m.exec(stderr) ?? [];
  const first = announcements.split("\n").find((line) => line.endsWith(` ${VIP.ipv4}`)) ?? "";
  const [announcedAt, startedAt] = [Number(first.split(" ")[0]), Date.parse(time)];
  assert.ok(announcedAt > 0 && announcedAt <= startedAt, `announced at ${announcedAt}, sync daemon at ${startedAt}`);
}

Deno.test("connections of nat, dr and tun survive a stop, the return and the death of the first director", async () => {
  await using lan = await VrrpLan.create();
  await using namespaces = await addServers();
  for (const [method, port] of Object.entries(PORTS)) await KeptConnections.serve(namespaces, `rs${method}`, port);
  const one = await lan.startLvsctl("one", instances("one", 200), { services: SERVICES });
  await lan.untilHolder("one", { withinMs: 2 * SLACK_MS, state: () => one.stderr });
  const two = await lan.startLvsctl("two", instances("two", 100), { services: SERVICES });
  const untilRoles = (first: string, second: string): Promise<number> =>
    until(async () => await roles("one") === first && await roles("two") === second, {
      withinMs: SLACK_MS,
      what: `the sync daemons are "${first}" and "${second}"`,
      state: () => one.stderr + two.stderr,
    });
  await untilRoles("master", "backup");
  const connections = await KeptConnections.open(namespaces, "client", {
    address: VIP.ipv4,
    ports: Object.values(PORTS),
    each: EACH,
  });
  const client = await lan.ask(VIP.ipv4);
  await connections.untilAlive("through the first director");
  await connections.untilKnown("two");

  await using announcements = await lan.listenForArp();
  lan.begin(client);
  one.signal("SIGTERM");
  assert.equal(await one.finished(), 0, one.stderr);
  await lan.untilAnswer(client, "two");
  await connections.untilAlive("through the second director");
  lan.assertGap(client, { what: `a stop with ${connections.count} connections`, boundMs: SKEW_MS });
  await untilRoles("", "master");
  assertOrder(two, announcements.stdout);

  const again = await lan.startLvsctl("one", instances("one", 200), { services: SERVICES });
  lan.begin(client);
  await connections.untilKnown("one");
  assert.deepEqual(client.answers.names, ["two"], "it does not return before it knows the connections");
  await lan.untilHolder("one", { withinMs: DELAY_MS + SLACK_MS, state: () => again.stderr });
  await connections.untilAlive("through the first director again");
  lan.assertGap(client, { what: "a return after the delay", boundMs: 0 });
  await untilRoles("master", "backup");
  await connections.untilKnown("two");

  lan.begin(client);
  await killDaemon(again);
  await ip(["link set dev one down", "link set dev one-inside down"], "lan");
  await lan.untilAnswer(client, "two");
  await connections.untilAlive("through the second director after the death of the first");
  lan.assertGap(client, { what: `a death with ${connections.count} connections`, boundMs: DOWN_MS });

  const states = (await Deno.readTextFile("/tmp/states-one")).trim().split("\n").map((line) => line.split(" "));
  for (const subject of ["edge", "site"]) {
    const found = states.filter(([name]) => name === subject);
    assert.deepEqual(found.map(([, state]) => state), ["backup", "active", "stop", "backup", "active"]);
    for (const line of found.filter(([, state]) => state === "active")) {
      assert.deepEqual(line.slice(2), ["master", "1"], "addresses and sync daemon are there before the notification");
    }
  }
});
