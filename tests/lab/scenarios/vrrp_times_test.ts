/**
 * How long a client that asks 200 times a second waits for lvsctl when the active director stops and when it is cut off,
 * while it has 50 connections, beside keepalived on the same directors at the same moments; and how late advertisements are
 * while the daemon is busy.
 *
 * @module
 */
import assert from "node:assert/strict";
import type { BackgroundProcess } from "../background_process.ts";
import { until } from "../director.ts";
import { KeptConnections } from "../kept_connections.ts";
import { ip, mustRun, Namespaces } from "../namespace.ts";
import type { VipClient } from "../vip_client.ts";
import { addressOf, type DirectorName, DIRECTORS, printLine, VIP, VrrpLan } from "../vrrp_lan.ts";
import { DirectorPair } from "../vrrp_pair.ts";

const PROGRAMS = ["keepalived", "lvsctl"] as const;

/** Intervals of the routers of each program; milliseconds. */
const INTERVALS_MS = [1000, 100] as const;

const PRIORITIES: Readonly<Record<DirectorName, number>> = { one: 200, two: 100 };

/** A virtual router of one of the programs. */
interface TimedRouter {
  readonly program: (typeof PROGRAMS)[number];
  readonly intervalMs: number;
  readonly vrid: number;
  readonly vip: string;
}

const ROUTERS: readonly TimedRouter[] = PROGRAMS.flatMap((program, at) =>
  INTERVALS_MS.map((intervalMs, index) => {
    const number = 2 * at + index;
    return { program, intervalMs, vrid: 61 + number, vip: `10.0.0.${111 + number}` };
  })
);

/** The router of lvsctl that the connections go through. */
const CONNECTED = ROUTERS.find(({ program, intervalMs }) => program === "lvsctl" && intervalMs === 100);

/** The connections' server, its port, and how many there are. */
const SERVER = { name: "rsdr", address: "10.0.0.30", port: 8002, connections: 50 } as const;

/** Time until the director that returns takes the connections' VIP again: it learns them first; milliseconds. */
const DELAY_MS = 5000;

function routersOf(program: TimedRouter["program"]): readonly TimedRouter[] {
  return ROUTERS.filter((router) => router.program === program);
}

/** Both programs on a director. */
interface Programs {
  readonly lvsctl: BackgroundProcess;
  readonly keepalived: BackgroundProcess;
}

async function start(lan: VrrpLan, name: DirectorName): Promise<Programs> {
  const priority = PRIORITIES[name];
  const instances = routersOf("lvsctl").map((router) => {
    const { vrid, vip, intervalMs } = router;
    const keys = `name: edge${vrid}, vrid: ${vrid}, device: eth0, priority: ${priority}, interval: ${intervalMs}ms`;
    const sync = router === CONNECTED ? `, sync: { device: eth0 }, preempt: { delay: ${DELAY_MS}ms }` : "";
    return `{ ${keys}, vips: [${vip}]${sync} }`;
  });
  const { address, port } = SERVER;
  const services = [`{ listen: "tcp://${CONNECTED?.vip}:${port}", forward: dr, servers: ["${address}:${port}"] }`];
  const file = routersOf("keepalived").map(({ vrid, vip, intervalMs }) => {
    const lines = ["state BACKUP", "interface eth0", `virtual_router_id ${vrid}`, `priority ${priority}`, "version 3"];
    const rest = [`advert_int ${intervalMs / 1000}`, "virtual_ipaddress {", vip, "}"];
    return `vrrp_instance edge${vrid} {\n${[...lines, ...rest].join("\n")}\n}\n`;
  });
  const keepalived = await lan.startKeepalived(name, file.join(""));
  return { keepalived, lvsctl: await lan.startLvsctl(name, instances.join("\n  - "), { services }) };
}

/** The connections' server on the LAN. */
async function addServer(): Promise<Namespaces> {
  const { name, address, port } = SERVER;
  const namespaces = await Namespaces.create([name], [
    `link add dev eth0 netns ${name} type veth peer name ${name} netns lan`,
  ]);
  await ip([`link set dev ${name} master br0 up`], "lan");
  const arp = ["net.ipv4.conf.all.arp_ignore=1", "net.ipv4.conf.all.arp_announce=2"];
  await mustRun(["ip", "netns", "exec", name, "sysctl", "-qw", ...arp]);
  await ip(["link set eth0 up", `addr add ${address}/24 dev eth0`, `addr add ${CONNECTED?.vip}/32 dev lo`], name);
  // A connection is sent to the other director from its second packet on, and again after each fourth one.
  for (const director of DIRECTORS) {
    await mustRun(["ip", "netns", "exec", director, "sysctl", "-qw", "net.ipv4.vs.sync_threshold=2 4"]);
  }
  await KeptConnections.serve(namespaces, name, port);
  return namespaces;
}

function sleep(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

Deno.test("a client waits for lvsctl no longer than the protocol says, its connections survive, and advertisements are on time", async (test) => {
  await using lan = await VrrpLan.create();
  await test.step("a director stops, returns, and is cut off beside keepalived", () => failOver(lan));
  await test.step("the daemon is busy with a large file", () => beBusy(lan));
});

async function failOver(lan: VrrpLan): Promise<void> {
  await using namespaces = await addServer();
  const one = await start(lan, "one");
  const two = await start(lan, "two");
  const client = await lan.ask(ROUTERS.map(({ vip }) => vip));
  const untilActive = async (name: DirectorName): Promise<void> => {
    for (const { vip } of ROUTERS) await lan.untilAnswer(client, name, vip);
  };
  await untilActive("one");
  const connections = await KeptConnections.open(namespaces, "client", {
    address: CONNECTED?.vip ?? "",
    ports: [SERVER.port],
    each: SERVER.connections,
  });
  await connections.untilAlive("through the first director");
  await connections.untilKnown("two");

  lan.begin(client);
  one.lvsctl.signal("SIGTERM");
  await lan.stopKeepalived(one.keepalived);
  await untilActive("two");
  await one.lvsctl.finished();
  assertGaps(lan, client, { what: "stop", boundMs: skewMs });
  await connections.untilAlive("through the second director");

  const again = await start(lan, "one");
  await untilActive("one");
  assertGaps(lan, client, { what: "return", boundMs: () => 0 });
  await connections.untilAlive("through the first director again");
  await connections.untilKnown("two");

  lan.begin(client);
  await ip(["link set dev one nomaster"], "lan");
  await untilActive("two");
  assertGaps(lan, client, { what: "cut off", boundMs: (intervalMs) => 3 * intervalMs + skewMs(intervalMs) });
  await connections.untilAlive("through the second director after the first was cut off");

  await client.stop();
  await ip(["link set dev one master br0"], "lan");
  for (const programs of [again, two]) await end(lan, programs);
}

async function end(lan: VrrpLan, { lvsctl, keepalived }: Programs): Promise<void> {
  lvsctl.signal("SIGTERM");
  await Promise.all([lvsctl.finished(), lan.stopKeepalived(keepalived)]);
}

/** How long the standby waits after the active director has stopped; milliseconds. */
function skewMs(intervalMs: number): number {
  return (256 - PRIORITIES.two) * intervalMs / 256;
}

function assertGaps(
  lan: VrrpLan,
  client: VipClient,
  { what, boundMs }: { readonly what: string; readonly boundMs: (intervalMs: number) => number },
): void {
  for (const { program, intervalMs, vip } of ROUTERS) {
    const { longestGapMs } = client.answersOf(vip);
    const limits = { what: `${what} at ${intervalMs} ms`, boundMs: boundMs(intervalMs), address: vip };
    if (program === "keepalived") printLine(`${limits.what}, keepalived: ${longestGapMs} ms without an answer`);
    else lan.assertGap(client, limits);
  }
  lan.begin(client);
}

/** Services that keep the daemon busy for longer than the standby waits. */
const MANY = 10_000;

/** How many of them the kernel's list may leave out. */
const SKIPPED = 10;

/** How late an advertisement may be, apart from standstills of the guest; milliseconds. */
const ADVERTISEMENT_LATE_MS = 25;

const BUSY_INTERVAL_MS = 100;

async function beBusy(lan: VrrpLan): Promise<void> {
  const client = await lan.ask(VIP.ipv4);
  await using pair = await DirectorPair.start(lan, { client, intervalMs: BUSY_INTERVAL_MS });
  const path = "/tmp/vrrp-one.yaml";
  const services = Array.from(
    { length: MANY },
    (_, index) => `  - { listen: "fwmark:${index + 1}", servers: [10.0.0.9] }\n`,
  );
  const text = (await Deno.readTextFile(path)).replace("services: []\n", `services:\n${services.join("")}`);
  await Deno.writeTextFile(path, text);
  await using listener = await lan.listen();
  assert.equal(await policyOf(await pair.speaker("one")), SCHED_RR);
  pair.begin();
  const begin = performance.now();
  const reload = lan.lvsctl("one", "reload");
  const readTable = (): string => Deno.readTextFileSync(`/proc/${pair.daemons.one.pid}/net/ip_vs`);
  await until(async () => {
    await sleep(LOOK_MS);
    // The kernel's list leaves out a service at some ends of its pieces.
    return readTable().split("FWM").length > MANY - SKIPPED;
  }, { withinMs: 60_000, what: "the table is complete", state: () => pair.log });
  await reload;
  const tookMs = Math.round(performance.now() - begin);
  const rules = await mustRun(["ip", "netns", "exec", "one", "ipvsadm", "-Sn"]);
  assert.equal(rules.match(/^-A -f /gm)?.length, MANY, "all services are in the table");
  const latest = latestOf(lan, listener);
  const result =
    `${MANY} services: ${tookMs} ms; latest advertisement ${latest.lateMs} ms, of which the guest stood still ` +
    `for ${latest.lostMs}; latest without standstills ${latest.ownMs} ms`;
  printLine(result);
  assert.ok(latest.ownMs <= ADVERTISEMENT_LATE_MS, result);
  assert.doesNotMatch(pair.daemons.two.stderr, /is active/);
  assert.deepEqual(client.answers.names, ["one"]);
  lan.assertGap(client, { what: "while the daemon is busy", boundMs: 0 });
}

/** Time between two looks at a large table; milliseconds. */
const LOOK_MS = 300;

/** SCHED_RR of linux/sched.h. */
const SCHED_RR = 2;

/** The scheduling policy of a process (proc(5), `/proc/PID/stat`). */
async function policyOf(pid: number): Promise<number> {
  const text = await Deno.readTextFile(`/proc/${pid}/stat`);
  return Number(text.replace(/^.*\) /, "").split(" ")[38]);
}

/** How late advertisements of the first director were on the wire; milliseconds. */
interface Latest {
  /** The latest one. */
  readonly lateMs: number;
  /** For how long the guest stood still before it. */
  readonly lostMs: number;
  /** The latest one, without the time that the guest stood still. */
  readonly ownMs: number;
}

function latestOf(lan: VrrpLan, { stdout }: BackgroundProcess): Latest {
  const lines = stdout.split("\n").slice(1, -1).map((line) => line.split(" "));
  const [source] = DIRECTORS.map(addressOf);
  const times = lines.filter((line) => line[1] === source).map(([time]) => Number(time));
  assert.ok(times.length > 10, stdout);
  const all = times.slice(1).map((to, index) => {
    const from = times[index] ?? to;
    return { lateMs: Math.round(to - from - BUSY_INTERVAL_MS), lostMs: lan.lostMs({ from, to }) };
  });
  const [latest = { lateMs: 0, lostMs: 0 }] = all.toSorted((one, other) => other.lateMs - one.lateMs);
  return { ...latest, ownMs: Math.max(...all.map(({ lateMs, lostMs }) => lateMs - lostMs)) };
}
