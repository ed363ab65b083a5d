/**
 * Two directors in the course of their days: one stops, is released, loses its link or what it tracks, or gets another
 * file.
 *
 * @module
 */
import assert from "node:assert/strict";
import { until } from "../director.ts";
import { ip } from "../namespace.ts";
import type { VipClient } from "../vip_client.ts";
import { NEIGHBOURS_MS, printLine, SLACK_MS, VIP, VrrpLan } from "../vrrp_lan.ts";
import { DirectorPair } from "../vrrp_pair.ts";
import type { WebServer } from "../web_server.ts";

/** A busy machine lets the guest stand still for less than three of these. */
const INTERVAL_MS = 250;

/** How often the directors are asked who has the VIP while nothing may change. */
const LOOKS = 20;

/** The command that the first director tracks succeeds while this file is there. */
const UPLINK = "/tmp/uplink";

/** The file whose number the first director adds to its priority. */
const WEIGHT = "/tmp/weight";

const TRACKS = [
  `{ command: [/usr/bin/test, -e, ${UPLINK}], interval: 500ms, timeout: 5s }`,
  `{ file: ${WEIGHT}, interval: 250ms, weight: 1 }`,
  "{ service: web, weight: -150 }",
];

const SERVICE = "{ name: web, listen: 'fwmark:1', check: { type: tcp, interval: 250ms }, servers: ['127.0.0.1:8080'] }";

/** How often the tracked command fails and succeeds again, and how long each state lasts; milliseconds. */
const FLAPS = 4;
const FLAP_MS = 1000;

/** The pair, and what the steps need besides. */
interface Stage {
  readonly test: Deno.TestContext;
  readonly lan: VrrpLan;
  readonly pair: DirectorPair;
  readonly client: VipClient;
  readonly server: WebServer;
}

function sleep(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

Deno.test("one of two directors has the VIP, whatever happens to the other", async (test) => {
  await using lan = await VrrpLan.create();
  await Deno.writeTextFile(UPLINK, "");
  await Deno.writeTextFile(WEIGHT, "0\n");
  const server = await lan.startServer("one", "127.0.0.1:8080");
  const client = await lan.ask(VIP.ipv4);
  await using pair = await DirectorPair.start(lan, {
    client,
    intervalMs: INTERVAL_MS,
    keys: { one: `, track: [${TRACKS.join(", ")}]` },
    services: [SERVICE],
  });
  const stage = { test, lan, pair, client, server };
  for (const steps of [rest, release, stop, split, loseLink, track, flap, reload]) await steps(stage);
});

async function rest({ test, lan, client }: Stage): Promise<void> {
  await test.step("nothing moves while nothing happens", async () => {
    for (let look = 0; look < LOOKS; look++) {
      assert.deepEqual(lan.holders(VIP.ipv4), ["one"]);
      await sleep(INTERVAL_MS / 5);
    }
    assert.deepEqual(client.answers.names, ["one"]);
  });
}

async function release({ test, lan, pair }: Stage): Promise<void> {
  await test.step("vrrp release hands over, vrrp resume takes again, and status shows both", async () => {
    await lan.lvsctl("one", "vrrp release edge");
    await pair.untilActive("two");
    pair.assertTimes("release", { gapMs: pair.skewMs("two") });
    assert.match(await lan.lvsctl("one", "vrrp status"), /^edge +eth0 +51 +released /m);
    assert.match(await lan.lvsctl("two", "vrrp status"), /^edge +eth0 +51 +active /m);
    await lan.lvsctl("one", "vrrp resume edge");
    await pair.untilActive("one");
    pair.assertTimes("resume", { gapMs: 0 });
  });
}

async function stop({ test, pair }: Stage): Promise<void> {
  await test.step("a stop hands over, and a start takes again", async () => {
    pair.daemons.one.signal("SIGTERM");
    assert.equal(await pair.daemons.one.finished(), 0, pair.log);
    await pair.untilActive("two");
    pair.assertTimes("stop", { gapMs: pair.skewMs("two") });
    await pair.restart("one");
    await pair.untilActive("one");
    pair.assertTimes("start", { gapMs: 0 });
  });
}

async function split({ test, lan, pair, client }: Stage): Promise<void> {
  await test.step("after a split, the director with the higher priority keeps the VIP, and neighbours know it", async () => {
    // The client is on the side of the standby, and learns its hardware address.
    await ip(["link set dev one nomaster"], "lan");
    await lan.untilAnswer(client, "two");
    await lan.assertGap(client, { what: "split", boundMs: pair.downMs("two") });
    assert.deepEqual(lan.holders(VIP.ipv4), ["one", "two"]);
    await ip(["link set dev one master br0"], "lan");
    pair.begin();
    await pair.untilActive("one");
    pair.assertTimes("healed split", { gapMs: NEIGHBOURS_MS, bothMs: INTERVAL_MS });
    const mac = (await lan.run("one", "cat /sys/class/net/eth0/address")).trim();
    assert.equal(await lan.hardwareAddress(VIP.ipv4), mac);
  });
}

async function loseLink({ test, lan, pair }: Stage): Promise<void> {
  await test.step("a lost link puts a director at fault, and it returns with the link", async () => {
    await ip(["link set dev one down"], "lan");
    await pair.untilActive("two");
    pair.assertTimes("lost link", { gapMs: pair.downMs("two") });
    assert.match(await lan.lvsctl("one", "vrrp status"), /fault .*interface eth0 is down/);
    await ip(["link set dev one up"], "lan");
    await pair.untilActive("one");
    pair.assertTimes("link again", { gapMs: 0 });
  });
}

async function track({ test, lan, pair, server }: Stage): Promise<void> {
  await test.step("a lost quorum and a number lower the priority, so that the other director takes over", async () => {
    await Deno.writeTextFile(WEIGHT, "-110\n");
    await pair.untilActive("two");
    assert.match(await lan.lvsctl("one", "vrrp status"), /^edge .* backup .* 90 \(200\) /m);
    await Deno.writeTextFile(WEIGHT, "0\n");
    await pair.untilActive("one");
    await server.kill();
    await pair.untilActive("two");
    assert.match(await lan.lvsctl("one", "vrrp status"), /^edge .* backup .* 50 \(200\) /m);
    await server.restart();
    await pair.untilActive("one");
    // The one with the lower priority is active until the other one is.
    pair.assertTimes("lower and higher priorities", { gapMs: 0 });
  });
}

async function flap({ test, pair, client }: Stage): Promise<void> {
  await test.step("a command that fails again and again moves the VIP no more often than it fails, and never loses it", async () => {
    const before = pair.activations("two");
    for (let flap = 0; flap < FLAPS; flap++) {
      await Deno.remove(UPLINK);
      await sleep(FLAP_MS);
      await Deno.writeTextFile(UPLINK, "");
      await sleep(FLAP_MS);
    }
    await pair.untilActive("one");
    const count = pair.activations("two") - before;
    printLine(`${FLAPS} failures of a command: ${count} take-overs`);
    assert.ok(count >= 1 && count <= FLAPS, `${count} take-overs`);
    assert.ok(client.answers.names.length <= 2 * FLAPS + 1);
    assert.match(pair.daemons.one.stderr, /at fault: command \/usr\/bin\/test -e \/tmp\/uplink is down/);
    pair.assertTimes("a flapping command", { gapMs: pair.skewMs("two") });
  });
}

/** Changes of an active director's file that move nothing, as the texts that are replaced. */
const HARMLESS: readonly (readonly [from: string, to: string, what: string])[] = [
  [`vips: [${VIP.ipv4}/24]`, `vips: [${VIP.ipv4}/24, 10.0.0.101]`, "another address"],
  ["10.0.0.101]", "10.0.0.102]", "an address instead of another"],
  [", 10.0.0.102]", "], vips_excluded: [10.0.0.101]", "an address that is not advertised"],
  ["priority: 200", "priority: 220", "a higher priority"],
  ["priority: 220", "priority: 150", "a lower priority"],
  [`interval: ${INTERVAL_MS}ms`, `interval: ${INTERVAL_MS + 50}ms`, "another interval"],
  ["track: [", "preempt: { delay: 1s }, track: [", "a delay of preemption"],
  ["track: [", "track: [{ command: [/bin/true] }, ", "something to track"],
  ["track: [", "notify: [{ type: exec, command: [/bin/true] }], track: [", "a notification"],
  ["track: [", "checksum: message, source: 10.0.0.1, track: [", "another checksum and a source"],
];

async function reload({ test, lan, pair, client }: Stage): Promise<void> {
  await test.step("a reload of the active director moves nothing", async () => {
    const before = await lan.router("one");
    for (const [from, to, what] of HARMLESS) {
      await pair.reload("one", (text) => {
        assert.ok(text.includes(from), what);
        return text.replace(from, to);
      });
      assert.deepEqual([lan.holders(VIP.ipv4), client.answers.names], [["one"], ["one"]], what);
    }
    await until(() => lan.holders("10.0.0.101").join() === "one" && lan.holders("10.0.0.102").length === 0, {
      withinMs: SLACK_MS,
      what: "the addresses of the last file",
      state: () => pair.log,
    });
    const { state, since, priority, activations } = await lan.router("one");
    assert.deepEqual([state, since, activations, priority], ["active", before["since"], before["activations"], 150]);
    pair.assertTimes(`${HARMLESS.length} reloads`, { gapMs: 0 });
  });
  await test.step("a reload with a priority below the other's hands over, with all addresses", async () => {
    await pair.reload("one", (text) => text.replace("priority: 150", "priority: 50"));
    await pair.untilActive("two");
    pair.assertTimes("a reload with a low priority", { gapMs: 0 });
    assert.deepEqual(lan.holders("10.0.0.101"), []);
  });
}
