import assert from "node:assert/strict";
import type { BackgroundProcess } from "../background_process.ts";
import { until } from "../director.ts";
import type { LongConnectionOptions, Report } from "../long_connections.ts";
import { inNamespace, ip, mustRun, Namespaces } from "../namespace.ts";
import { denoProgram } from "../traffic.ts";
import { DIRECTORS, SLACK_MS, VIP, VrrpLan } from "../vrrp_lan.ts";

/** A busy machine lets the guest stand still for less than three of these. */
const INTERVAL_MS = 400;

/** The default route of the nat server, which moves with the VIP. */
const INSIDE = "10.1.0.100";

/** The ports of the services of both methods. */
const PORTS = { nat: 8001, dr: 8002 } as const;

/** How many more bytes must return before a connection counts as alive. */
const ALIVE_BYTES = 20;

const SERVICES = [
  `{ listen: "tcp://${VIP.ipv4}:${PORTS.nat}", forward: nat, servers: ["10.1.0.10:${PORTS.nat}"] }`,
  `{ listen: "tcp://${VIP.ipv4}:${PORTS.dr}", forward: dr, servers: ["10.0.0.30:${PORTS.dr}"] }`,
];

/** Both instances of a director, one of which the sync daemons follow, and a program that notes the states. */
function instances(name: string, priority: number): string {
  const common = `priority: ${priority}, interval: ${INTERVAL_MS}ms, preempt: { delay: 4s }`;
  const notify = `notify: [{ type: exec, command: [/bin/sh, -c, "echo {name} {state} >>/tmp/states-${name}"] }]`;
  return `{ name: edge, vrid: 51, device: eth0, ${common}, vips: [${VIP.ipv4}/24], sync: { device: eth1 }, ${notify} }
  - { name: inside, vrid: 52, device: eth1, ${common}, vips: [${INSIDE}/24] }
vrrp_groups: [{ name: site, members: [edge, inside], ${notify} }]`;
}

/** The LAN with a second one behind the directors, and a server of each method. */
async function addServers(): Promise<Namespaces> {
  const namespaces = await Namespaces.create(["rsnat", "rsdr"], [
    ...DIRECTORS.map((name) => `link add dev eth1 netns ${name} type veth peer name ${name}-inside netns lan`),
    ...["rsnat", "rsdr"].map((name) => `link add dev eth0 netns ${name} type veth peer name ${name} netns lan`),
  ]);
  await ip([
    "link add br1 type bridge mcast_snooping 0",
    "link set br1 up",
    ...["one-inside", "two-inside", "rsnat"].map((name) => `link set dev ${name} master br1 up`),
    "link set dev rsdr master br0 up",
  ], "lan");
  for (const [index, name] of DIRECTORS.entries()) {
    await ip(["link set eth1 up", `addr add 10.1.0.${index + 1}/24 dev eth1`], name);
    const sysctls = ["net.ipv4.ip_forward=1", "net.ipv4.conf.all.send_redirects=0", "net.ipv4.vs.sync_threshold=2 10"];
    await mustRun(["ip", "netns", "exec", name, "sysctl", "-qw", ...sysctls]);
  }
  await ip(["link set eth0 up", "addr add 10.1.0.10/24 dev eth0", `route add default via ${INSIDE}`], "rsnat");
  const arp = ["net.ipv4.conf.all.arp_ignore=1", "net.ipv4.conf.all.arp_announce=2"];
  await mustRun(["ip", "netns", "exec", "rsdr", "sysctl", "-qw", ...arp]);
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

/** Waits until both connections have returned more bytes. */
async function untilAlive(client: BackgroundProcess, what: string): Promise<void> {
  const before = reportOf(client).map(Number);
  await until(() => {
    const now = reportOf(client);
    assert.ok(!now.includes("closed"), `${what}: ${now}`);
    return now.length === 2 && now.every((count, index) => Number(count) >= (before[index] ?? 0) + ALIVE_BYTES);
  }, { withinMs: 3 * SLACK_MS, what: `both connections live ${what}`, state: () => client.stdout.slice(-200) });
}

/** Waits until a director knows both connections; the kernel sends them after two seconds at most. */
async function untilKnown(name: string): Promise<void> {
  const table = async (): Promise<string> => (await inNamespace(name, ["cat", "/proc/net/ip_vs_conn_sync"])).stdout;
  await until(async () => (await table()).match(/ESTABLISHED/g)?.length === 2, {
    withinMs: SLACK_MS,
    what: `${name} knows both connections`,
  });
}

/** The running sync daemons of a director. */
async function roles(name: string): Promise<string> {
  const { stdout } = await inNamespace(name, ["ipvsadm", "-L", "--daemon"]);
  return [...stdout.matchAll(/^(master|backup) sync daemon \(mcast=eth1, syncid=51/gm)].map(([, role]) => role).join();
}

Deno.test("connections of nat and dr survive a failover with sync, and the return of the first director", async () => {
  await using lan = await VrrpLan.create();
  await using namespaces = await addServers();
  await start(namespaces, "rsnat", { kind: "server", port: PORTS.nat });
  await start(namespaces, "rsdr", { kind: "server", port: PORTS.dr });
  const one = await lan.startLvsctl("one", instances("one", 200), SERVICES);
  await lan.untilHolder("one", { withinMs: 2 * SLACK_MS, state: () => one.stderr });
  const two = await lan.startLvsctl("two", instances("two", 100), SERVICES);
  await until(async () => `${await roles("one")} ${await roles("two")}` === "master backup", {
    withinMs: SLACK_MS,
    what: "the first director sends connections to the second",
    state: () => one.stderr + two.stderr,
  });
  const client = await start(namespaces, "client", {
    kind: "client",
    address: VIP.ipv4,
    ports: [PORTS.nat, PORTS.dr],
  });
  await untilAlive(client, "through the first director");
  await untilKnown("two");

  one.signal("SIGTERM");
  assert.equal(await one.finished(), 0, one.stderr);
  await lan.untilHolder("two", { withinMs: 2 * SLACK_MS, state: () => two.stderr });
  await untilAlive(client, "through the second director");
  await until(async () => await roles("two") === "master", { withinMs: SLACK_MS, what: "the second one sends" });
  assert.equal(await roles("one"), "");

  const again = await lan.startLvsctl("one", instances("one", 200), SERVICES);
  await untilKnown("one");
  await lan.untilHolder("one", { withinMs: 3 * SLACK_MS, state: () => again.stderr });
  await untilAlive(client, "through the first director again");
  await until(async () => `${await roles("one")} ${await roles("two")}` === "master backup", {
    withinMs: SLACK_MS,
    what: "the first director sends again",
  });
  const states = (await Deno.readTextFile("/tmp/states-one")).trim().split("\n");
  const of = (subject: string): readonly string[] => states.filter((line) => line.startsWith(subject));
  for (const subject of ["edge", "site"]) {
    const expected = ["backup", "active", "stop", "backup", "active"].map((state) => `${subject} ${state}`);
    assert.deepEqual(of(subject), expected);
  }
});
