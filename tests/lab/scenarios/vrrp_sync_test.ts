/**
 * Established connections of every method survive each change of the active director, while a client asks the VIP.
 *
 * @module
 */
import assert from "node:assert/strict";
import type { BackgroundProcess } from "../background_process.ts";
import { until } from "../director.ts";
import type { LongConnectionOptions, Report } from "../long_connections.ts";
import { inNamespace, ip, mustRun, Namespaces } from "../namespace.ts";
import { denoProgram } from "../traffic.ts";
import { DIRECTORS, SLACK_MS, VIP, VrrpLan } from "../vrrp_lan.ts";
import { killDaemon } from "../vrrp_pair.ts";

/** A client waits for less than half a second. */
const INTERVAL_MS = 100;

/** The longest times without an answer, when the active director stops and when it dies; milliseconds. */
const SKEW_MS = (256 - 100) * INTERVAL_MS / 256;
const DOWN_MS = 3 * INTERVAL_MS + SKEW_MS;

/** What a stop of a group with sync daemons takes in addition on a busy machine; milliseconds. */
const GROUP_MS = 1000;

/** Time until the director that returns takes the VIP again: longer than it needs to learn the connections. */
const DELAY_MS = 5000;

/** The default route of the nat server, which moves with the VIP. */
const INSIDE = "10.1.0.100";

/** The ports of the services of all methods. */
const PORTS = { nat: 8001, dr: 8002, tun: 8003 } as const;

/** How many connections there are of each method. */
const EACH = 17;

const ALL = EACH * Object.keys(PORTS).length;

/** Time between two bytes of a connection; milliseconds. */
const BYTE_MS = 500;

/** How many more bytes must return before a connection counts as alive. */
const ALIVE_BYTES = 3;

const SERVICES = [
  `{ listen: "tcp://${VIP.ipv4}:${PORTS.nat}", forward: nat, servers: ["10.1.0.10:${PORTS.nat}"] }`,
  `{ listen: "tcp://${VIP.ipv4}:${PORTS.dr}", forward: dr, servers: ["10.0.0.30:${PORTS.dr}"] }`,
  `{ listen: "tcp://${VIP.ipv4}:${PORTS.tun}", forward: tun, servers: ["10.0.0.40:${PORTS.tun}"] }`,
];

/** Both instances of a director, one of which the sync daemons follow, and a program that notes the states. */
function instances(name: string, priority: number): string {
  const common = `priority: ${priority}, interval: ${INTERVAL_MS}ms, preempt: { delay: ${DELAY_MS}ms }`;
  const notify = `notify: [{ type: exec, command: [/bin/sh, -c, "echo {name} {state} >>/tmp/states-${name}"] }]`;
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

async function start(
  namespaces: Namespaces,
  namespace: string,
  options: LongConnectionOptions,
): Promise<BackgroundProcess> {
  const process = namespaces.start(namespace, denoProgram("long_connections.ts", options));
  await process.untilOutput(/^ready\n/m);
  return process;
}

/** The last report of the client. */
function reportOf(client: BackgroundProcess): Report {
  const line = client.stdout.split("\n").findLast((text) => text.startsWith("[")) ?? "[]";
  return JSON.parse(line);
}

/** Waits until all connections have returned more bytes. */
async function untilAlive(client: BackgroundProcess, what: string): Promise<void> {
  const before = reportOf(client).map(Number);
  await until(() => {
    const now = reportOf(client);
    assert.ok(!now.includes("closed"), `${what}: ${now}`);
    return now.length === ALL && now.every((count, index) => Number(count) >= (before[index] ?? 0) + ALIVE_BYTES);
  }, { withinMs: 3 * SLACK_MS, what: `all connections live ${what}`, state: () => client.stdout.slice(-200) });
}

/** Waits until a director knows all connections; the kernel sends them after two seconds at most. */
async function untilKnown(name: string): Promise<void> {
  const table = async (): Promise<string> => (await inNamespace(name, ["cat", "/proc/net/ip_vs_conn_sync"])).stdout;
  await until(async () => (await table()).match(/ESTABLISHED/g)?.length === ALL, {
    withinMs: SLACK_MS,
    what: `${name} knows all connections`,
  });
}

/** The running sync daemons of a director. */
async function roles(name: string): Promise<string> {
  const { stdout } = await inNamespace(name, ["ipvsadm", "-L", "--daemon"]);
  return [...stdout.matchAll(/^(master|backup) sync daemon \(mcast=eth1, syncid=51/gm)].map(([, role]) => role).join();
}

Deno.test("connections of nat, dr and tun survive a stop, the return and the death of the first director", async () => {
  await using lan = await VrrpLan.create();
  await using namespaces = await addServers();
  for (const [method, port] of Object.entries(PORTS)) await start(namespaces, `rs${method}`, { kind: "server", port });
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
  const connections = await start(namespaces, "client", {
    kind: "client",
    address: VIP.ipv4,
    ports: Object.values(PORTS),
    each: EACH,
    everyMs: BYTE_MS,
  });
  const client = await lan.ask(VIP.ipv4);
  await untilAlive(connections, "through the first director");
  await untilKnown("two");

  lan.begin(client);
  one.signal("SIGTERM");
  assert.equal(await one.finished(), 0, one.stderr);
  await lan.untilAnswer(client, "two");
  await untilAlive(connections, "through the second director");
  await lan.assertGap(client, { what: `a stop with ${ALL} connections`, boundMs: SKEW_MS + GROUP_MS });
  await untilRoles("", "master");

  const again = await lan.startLvsctl("one", instances("one", 200), { services: SERVICES });
  lan.begin(client);
  await untilKnown("one");
  assert.deepEqual(client.answers.names, ["two"], "it does not return before it knows the connections");
  await lan.untilHolder("one", { withinMs: DELAY_MS + SLACK_MS, state: () => again.stderr });
  await untilAlive(connections, "through the first director again");
  await lan.assertGap(client, { what: "a return after the delay", boundMs: 0 });
  await untilRoles("master", "backup");
  await untilKnown("two");

  lan.begin(client);
  await killDaemon(again);
  await ip(["link set dev one down", "link set dev one-inside down"], "lan");
  await lan.untilAnswer(client, "two");
  await untilAlive(connections, "through the second director after the death of the first");
  await lan.assertGap(client, { what: `a death with ${ALL} connections`, boundMs: DOWN_MS });

  const states = (await Deno.readTextFile("/tmp/states-one")).trim().split("\n");
  const of = (subject: string): readonly string[] => states.filter((line) => line.startsWith(subject));
  for (const subject of ["edge", "site"]) {
    const expected = ["backup", "active", "stop", "backup", "active"].map((state) => `${subject} ${state}`);
    assert.deepEqual(of(subject), expected);
  }
});
