import assert from "node:assert/strict";
import type { BackgroundProcess } from "../background_process.ts";
import { fieldsOf, itemsOf } from "../../../core/json/mod.ts";
import { until } from "../director.ts";
import { inNamespace, ip } from "../namespace.ts";
import { StallMeter } from "../stall_meter.ts";
import { type DirectorName, printLine, SLACK_MS, VIP, type VipClient, VrrpLan } from "../vrrp_lan.ts";

/** A busy machine lets the guest stand still for less than three of these. */
const INTERVAL_MS = 400;

/** The longest time until the standby takes over from a silent director, and from one that stops; milliseconds. */
const DOWN_MS = 3 * INTERVAL_MS + INTERVAL_MS;

/** How often the directors are asked who has the VIP while nothing may change. */
const LOOKS = 20;

/** How late an advertisement may be, apart from standstills of the guest; milliseconds. */
const LATE_MS = 25;

/** Services that keep the daemon busy for longer than the standby waits. */
const MANY = 5000;

function instance(priority: number, more = ""): string {
  const keys = `interval: ${INTERVAL_MS}ms, vips: [${VIP.ipv4}/24]${more}`;
  return `{ name: edge, vrid: 51, device: eth0, priority: ${priority}, ${keys} }`;
}

interface Pair {
  readonly lan: VrrpLan;
  readonly client: VipClient;
  readonly one: BackgroundProcess;
  readonly two: BackgroundProcess;
}

/** Two directors of which the first is active, and a client. */
async function startPair(lan: VrrpLan, more = "", services: readonly string[] = []): Promise<Pair> {
  const one = await lan.startLvsctl("one", instance(200, more), services);
  await lan.untilHolder("one", { withinMs: SLACK_MS, state: () => one.stderr });
  const two = await lan.startLvsctl("two", instance(100));
  const client = await lan.ask(VIP.ipv4);
  await lan.untilAnswer(client, "one");
  return { lan, client, one, two };
}

/** Waits until a director alone has the VIP, and answers. */
async function untilActive({ lan, client, one, two }: Pair, name: DirectorName): Promise<void> {
  await lan.untilHolder(name, { withinMs: DOWN_MS + SLACK_MS, state: () => one.stderr + two.stderr });
  await lan.untilAnswer(client, name);
}

/** The process of the virtual routers of a daemon. */
async function speakerOf(daemon: BackgroundProcess): Promise<number> {
  const children = await Deno.readTextFile(`/proc/${daemon.pid}/task/${daemon.pid}/children`);
  return Number(children.trim().split(" ")[0]);
}

Deno.test("one of two directors has the VIP, also when the other one stops, is killed, and returns", async () => {
  await using lan = await VrrpLan.create();
  const pair = await startPair(lan);
  for (let look = 0; look < LOOKS; look++) assert.deepEqual(await lan.holders(VIP.ipv4), ["one"]);

  pair.one.signal("SIGTERM");
  assert.equal(await pair.one.finished(), 0, pair.one.stderr);
  await untilActive(pair, "two");
  printLine(`stop: ${pair.client.answers.longestGapMs} ms without an answer`);

  const again = { ...pair, one: await lan.startLvsctl("one", instance(200)), client: await lan.ask(VIP.ipv4) };
  await untilActive(again, "one");
  printLine(`return: ${again.client.answers.longestGapMs} ms without an answer`);

  const killed = { ...again, client: await lan.ask(VIP.ipv4) };
  await lan.untilAnswer(killed.client, "one");
  await again.one.stop();
  await untilActive(killed, "two");
  printLine(`kill -9 of the daemon: ${killed.client.answers.longestGapMs} ms without an answer`);
});

Deno.test("a killed process of the virtual routers is replaced, and its addresses do not stay", async () => {
  await using lan = await VrrpLan.create();
  const pair = await startPair(lan);
  Deno.kill(await speakerOf(pair.one), "SIGKILL");
  // The daemon itself removes the addresses, and starts another process a second later.
  await lan.untilAnswer(pair.client, "two");
  await lan.untilAnswer(pair.client, "one");
  await untilActive(pair, "one");
  assert.match(pair.one.stderr, /the process of the virtual routers has ended \(SIGKILL\); it starts again/);
});

Deno.test("vrrp release hands over, vrrp resume takes back, and status shows both", async () => {
  await using lan = await VrrpLan.create();
  const pair = await startPair(lan);
  await lan.lvsctl("one", "vrrp release edge");
  await untilActive(pair, "two");
  assert.match(await lan.lvsctl("one", "vrrp status"), /^edge +eth0 +51 +released /m);
  assert.match(await lan.lvsctl("two", "vrrp status"), /^edge +eth0 +51 +active /m);
  await lan.lvsctl("one", "vrrp resume edge");
  await untilActive(pair, "one");
});

Deno.test("after a split, the director with the higher priority keeps the VIP, and the client reaches it", async () => {
  await using lan = await VrrpLan.create();
  const pair = await startPair(lan);
  await ip(["link set dev two nomaster"], "lan");
  await until(async () => (await lan.holders(VIP.ipv4)).length === 2, {
    withinMs: DOWN_MS + SLACK_MS,
    what: "both are active",
  });
  await ip(["link set dev two master br0"], "lan");
  await untilActive(pair, "one");
});

Deno.test("a lost link and a failed command put a director at fault, and it returns with them", async () => {
  await using lan = await VrrpLan.create();
  await Deno.writeTextFile("/tmp/uplink", "");
  const command = "{ command: [/usr/bin/test, -e, /tmp/uplink], interval: 200ms, timeout: 5s }";
  const pair = await startPair(lan, `, track: [${command}]`);
  await Deno.remove("/tmp/uplink");
  await untilActive(pair, "two");
  assert.match(await lan.lvsctl("one", "vrrp status"), /fault .*command \/usr\/bin\/test -e \/tmp\/uplink is down/);
  await Deno.writeTextFile("/tmp/uplink", "");
  await untilActive(pair, "one");
  await ip(["link set dev one down"], "lan");
  await untilActive(pair, "two");
  assert.match(await lan.lvsctl("one", "vrrp status"), /fault .*interface eth0 is down/);
  await ip(["link set dev one up"], "lan");
  await untilActive(pair, "one");
});

Deno.test("a lost quorum lowers the priority, so that the other director takes over", async () => {
  await using lan = await VrrpLan.create();
  const server = await lan.startServer("one", "127.0.0.1:8080");
  const service =
    "{ name: web, listen: 'fwmark:1', check: { type: tcp, interval: 200ms }, servers: ['127.0.0.1:8080'] }";
  const pair = await startPair(lan, ", track: [{ service: web, weight: -150 }]", [service]);
  await server.kill();
  await untilActive(pair, "two");
  assert.match(await lan.lvsctl("one", "vrrp status"), /^edge .* backup .* 50 \(200\) /m);
});

/** How late the latest advertisement of a director was; milliseconds. */
async function longestDelayMs(lan: VrrpLan, name: DirectorName): Promise<number> {
  const status: unknown = JSON.parse(await lan.lvsctl(name, "vrrp status --json"));
  return Number(fieldsOf(itemsOf(fieldsOf(status)["routers"])[0])["longest_delay_ms"]);
}

Deno.test("a daemon that is busy with a large file stays active", async () => {
  await using lan = await VrrpLan.create();
  const pair = await startPair(lan);
  // The guest's standstills before are not measured.
  const before = await longestDelayMs(lan, "one");
  const path = "/tmp/vrrp-one.yaml";
  const services = Array.from(
    { length: MANY },
    (_, index) => `  - { listen: "fwmark:${index + 1}", servers: [10.0.0.9] }\n`,
  );
  const text = (await Deno.readTextFile(path)).replace("services: []\n", `services:\n${services.join("")}`);
  await Deno.writeTextFile(path, text);
  await using stalls = new StallMeter();
  const begin = performance.now();
  await lan.lvsctl("one", "reload");
  const table = async (): Promise<string> => (await inNamespace("one", ["cat", "/proc/net/ip_vs"])).stdout;
  await until(async () => (await table()).split("FWM").length > MANY, {
    withinMs: 60_000,
    what: "the table is complete",
  });
  const delayMs = await longestDelayMs(lan, "one");
  const stallMs = Math.round(stalls.longestMs());
  const tookMs = Math.round(performance.now() - begin);
  printLine(`${MANY} services: ${tookMs} ms; latest advertisement ${delayMs} ms, guest stood still for ${stallMs} ms`);
  assert.ok(delayMs <= LATE_MS + before + stallMs, `${delayMs} ms late`);
  assert.doesNotMatch(pair.two.stderr, /is active/);
  assert.deepEqual(pair.client.answers.names, ["one"]);
});

Deno.test("a reload changes priority and addresses without a failover", async () => {
  await using lan = await VrrpLan.create();
  const pair = await startPair(lan);
  const path = "/tmp/vrrp-one.yaml";
  const text = await Deno.readTextFile(path);
  await Deno.writeTextFile(path, text.replace(`vips: [${VIP.ipv4}/24]`, `vips: [${VIP.ipv4}/24, 10.0.0.101]`));
  await lan.lvsctl("one", "reload");
  await until(async () => (await lan.holders("10.0.0.101")).includes("one"), {
    withinMs: SLACK_MS,
    what: "the new VIP",
  });
  await Deno.writeTextFile(path, text.replace("priority: 200", "priority: 50"));
  await lan.lvsctl("one", "reload");
  await untilActive(pair, "two");
  const { stdout } = await inNamespace("one", ["ip", "-oneline", "address", "show", "dev", "eth0"]);
  assert.doesNotMatch(stdout, /10\.0\.0\.10[01]/);
});
