/**
 * Virtual routers on a network with faults: packets that no router sends, loss in one direction, loss of some packets, and
 * packets that are late, come twice or in another order.
 *
 * @module
 */
import assert from "node:assert/strict";
import { type Fields, fieldsOf, itemsOf } from "../../../core/json/mod.ts";
import { parseIpAddress } from "../../../core/model/mod.ts";
import { type Advertisement, encodeAdvertisement, messageChecksum } from "../../../core/vrrp/advertisement.ts";
import { packetOf } from "../../../core/vrrp/mod.ts";
import { until } from "../director.ts";
import { mustRun } from "../namespace.ts";
import { losePackets, losePacketsNoLonger, lossPattern, lostSeries } from "../packet_loss.ts";
import type { VipClient } from "../vip_client.ts";
import { LATE_MS, NEIGHBOURS_MS, printLine, SLACK_MS, VIP, VrrpLan } from "../vrrp_lan.ts";
import { FORGER_GAP_MS } from "../vrrp_forger.ts";
import { DirectorPair } from "../vrrp_pair.ts";

/** A busy machine lets the guest stand still for less than three of these. */
const INTERVAL_MS = 150;

/** How many intervals the directors run with loss: a minute at an interval of a second, and some more. */
const LOSSY_INTERVALS = 70;

/** Missed advertisements that let a standby take over. */
const MISSED = 3;

const GROUP = parseIpAddress("224.0.0.18");

/** The client, whose packets have a higher priority than the director's. */
const CARRIER = { source: parseIpAddress("10.0.0.3"), destination: GROUP };

const VALID: Advertisement = {
  version: 3,
  vrid: 51,
  priority: 254,
  intervalMs: INTERVAL_MS,
  addresses: [parseIpAddress(VIP.ipv4)],
};

interface Packet {
  readonly bytes: readonly number[];
  readonly destination: string;
}

/** A packet of a valid message, whose bytes may be changed before or after its checksum is made. */
function packet(
  { advertisement = {}, change, after, destination = GROUP, ttl = 255, form = "pseudo-header" }: {
    readonly advertisement?: Partial<Advertisement>;
    readonly change?: (message: number[]) => void;
    readonly after?: (message: number[]) => void;
    readonly destination?: typeof GROUP;
    readonly ttl?: number;
    readonly form?: "pseudo-header" | "message";
  },
): Packet {
  const carrier = { ...CARRIER, destination };
  const message = [...encodeAdvertisement({ ...VALID, ...advertisement }, { ...carrier, form })];
  if (change !== undefined) {
    change(message);
    message.splice(6, 2, 0, 0);
    const checksum = messageChecksum(Uint8Array.from(message), { ...carrier, form });
    message.splice(6, 2, checksum >> 8, checksum & 0xff);
  }
  after?.(message);
  const bytes = packetOf(Uint8Array.from(message), carrier);
  bytes[8] = ttl;
  return { bytes: [...bytes], destination };
}

/** Packets that a router must discard, by the reason that it counts. */
const WRONG: Readonly<Record<string, Packet>> = {
  "checksum": packet({ after: (message) => message.splice(2, 1, 253) }),
  "hop-limit": packet({ ttl: 254 }),
  "length": packet({ after: (message) => message.pop() }),
  "no-address": packet({ change: (message) => message.splice(3, message.length, 0, 0, 40, 0, 0) }),
  "interval": packet({ change: (message) => message.splice(4, 2, 0, 0) }),
  "type": packet({ change: (message) => message.splice(0, 1, 0x32) }),
  "version": packet({ change: (message) => message.splice(0, 1, 0x41) }),
  "version-differs": packet({ advertisement: { version: 2, intervalMs: 1000 }, form: "message" }),
  "destination": packet({ destination: parseIpAddress("10.0.0.1") }),
  "vrid": packet({ advertisement: { vrid: 52 } }),
  "authentication": packet({
    advertisement: { version: 2, intervalMs: 1000 },
    form: "message",
    change: (message) => message.splice(4, 1, 2),
  }),
};

/** How often each packet is sent. */
const TIMES = 3;

/** An address that no director has. */
const OTHER_VIP = parseIpAddress("10.0.0.111");

/** The pair, and the client of its VIP. */
interface Stage {
  readonly test: Deno.TestContext;
  readonly lan: VrrpLan;
  readonly pair: DirectorPair;
  readonly client: VipClient;
}

function sleep(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

Deno.test("two directors share the VIP on a network with faults", async (test) => {
  await using lan = await VrrpLan.create();
  const client = await lan.ask(VIP.ipv4);
  await using pair = await DirectorPair.start(lan, { client, intervalMs: INTERVAL_MS });
  const stage = { test, lan, pair, client };
  for (const steps of [forge, deafen, lose, shuffle]) await steps(stage);
});

async function forge({ test, lan, pair, client }: Stage): Promise<void> {
  const forger = await lan.startForger();
  const send = (packets: readonly Packet[]): Promise<void> => forger.send({ device: "eth0", packets, times: TIMES });

  await test.step("wrong packets are counted by reason, and move nothing", async () => {
    await send(Object.values(WRONG));
    let counts: readonly Fields[] = [];
    const missing = async (): Promise<readonly string[]> => {
      const status = fieldsOf(JSON.parse(await lan.lvsctl("one", "vrrp status --json")));
      const router = fieldsOf(itemsOf(status["routers"])[0]);
      assert.deepEqual([router["state"], router["activations"], router["heard"]], ["active", 1, null], pair.log);
      counts = [...itemsOf(router["discarded"]), ...itemsOf(status["discarded"])].map(fieldsOf);
      return Object.keys(WRONG).filter((reason) =>
        !counts.some((each) => each["reason"] === reason && each["count"] === TIMES)
      );
    };
    await until(async () => (await missing()).length === 0, {
      withinMs: SLACK_MS,
      what: "every wrong packet is counted",
      state: () => JSON.stringify(counts),
    });
    assert.deepEqual([pair.activations("two"), client.answers.names], [0, ["one"]], pair.log);
    pair.assertTimes("wrong packets", { gapMs: 0 });
  });

  await test.step("a lower priority with other addresses is reported, and moves nothing", async () => {
    await send([packet({ advertisement: { priority: 50, addresses: [OTHER_VIP] } })]);
    await pair.daemons.one.untilOutput(/10\.0\.0\.3 uses the vrid 51 for other addresses: .*10\.0\.0\.111/);
    assert.deepEqual([pair.activations("one"), client.answers.names], [1, ["one"]], pair.log);
    pair.assertTimes("other addresses", { gapMs: 0 });
  });

  await test.step("both yield to a higher priority, with either checksum, for the protocol's time alone", async () => {
    for (const [index, form] of (["pseudo-header", "message"] as const).entries()) {
      await send([packet({ form })]);
      // The first time was its start.
      await pair.untilActivations("one", index + 2);
      await pair.untilActive("one");
    }
    assert.equal(pair.activations("one"), 3, pair.log);
    // The time begins with the last of the packets, which the sender lets follow each other.
    pair.assertTimes("a router that is heard and ends", { gapMs: pair.downMs("one") + TIMES * FORGER_GAP_MS });
  });

  await test.step("an owner keeps the VIP beside a higher priority than before, and another owner decides by address", async () => {
    await pair.reload("one", (text) => text.replace("priority: 200", "priority: 255"));
    const before = pair.activations("one");
    await send([packet({})]);
    await sleep(INTERVAL_MS);
    assert.equal(pair.activations("one"), before, pair.log);
    await send([packet({ advertisement: { priority: 255 } })]);
    await pair.untilActivations("one", before + 1);
    await pair.reload("one", (text) => text.replace("priority: 255", "priority: 200"));
    await pair.untilActive("one");
  });
}

const DEAF = "INPUT -p 112 -j DROP";

async function deafen({ test, lan, pair }: Stage): Promise<void> {
  await test.step("an active director that hears nothing stays active, and the other one a backup", async () => {
    pair.begin();
    const before = pair.activations("two");
    await lan.run("one", `iptables-legacy -A ${DEAF}`);
    await sleep(5 * INTERVAL_MS);
    assert.equal(pair.activations("two"), before, pair.log);
    await lan.run("one", `iptables-legacy -D ${DEAF}`);
    pair.assertTimes("loss in one direction", { gapMs: 0 });
  });

  await test.step("a backup that hears nothing becomes active too, the other one reports it, and both agree once it hears", async () => {
    await lan.run("two", `iptables-legacy -A ${DEAF}`);
    await pair.daemons.one.untilOutput(
      /10\.0\.0\.2 stays active with the lower priority 100: it does not hear this router/,
    );
    assert.equal((await lan.router("one"))["contested"], true);
    assert.match(await lan.lvsctl("one", "status"), /^vrrp edge .*does not hear this one/m);
    await lan.run("two", `iptables-legacy -D ${DEAF}`);
    pair.begin();
    await pair.untilActive("one");
    pair.assertTimes("the backup hears again", { gapMs: NEIGHBOURS_MS, bothMs: INTERVAL_MS });
    await until(async () => (await lan.router("one"))["contested"] === false, {
      withinMs: SLACK_MS,
      what: "the router is not contested",
      state: () => pair.log,
    });
  });
}

async function lose({ test, lan, pair }: Stage): Promise<void> {
  await test.step("three of ten packets are lost both ways: three in a row move the VIP, and both have it no longer than that", async () => {
    const packets = 2 * LOSSY_INTERVALS;
    const patterns = { one: lossPattern(2, { percent: 30, packets }), two: lossPattern(1, { percent: 30, packets }) };
    const series = lostSeries(patterns.two);
    const before = pair.activations("two");
    pair.begin();
    for (const name of ["one", "two"] as const) await losePackets(name, patterns[name]);
    await sleep(LOSSY_INTERVALS * INTERVAL_MS);
    for (const name of ["one", "two"] as const) await losePacketsNoLonger(name);
    const { both } = pair.owners;
    await pair.untilActive("one");
    const times = pair.activationTimes("two").slice(before);
    // Three advertisements of a director are missing, too, if it stands still for as long.
    const stalled = times.filter((to) => {
      const lostMs = lan.lostMs({ from: to - pair.downMs("two") - LATE_MS, to });
      return LATE_MS + lostMs >= MISSED * INTERVAL_MS;
    });
    const count = times.length;
    const most = series.filter((length) => length >= MISSED).length + stalled.length;
    printLine(
      `30 % lost for ${LOSSY_INTERVALS} intervals: ${count} take-overs of at most ${most}; both for ${both.ms} ms`,
    );
    assert.ok(count >= 1 && count <= most, `${count} take-overs`);
    const limitMs = (Math.max(...series) - MISSED + 2) * INTERVAL_MS + LATE_MS + lan.lostMs(both);
    assert.ok(both.ms <= limitMs, `both have the VIP for ${both.ms} ms`);
  });
}

async function shuffle({ test, pair, client }: Stage): Promise<void> {
  await test.step("packets that are late, come twice or in another order move nothing", async () => {
    pair.begin();
    const before = pair.activations("two");
    // Each takes between none and two intervals on its way to the backup.
    const fault = `delay ${INTERVAL_MS}ms ${INTERVAL_MS - 5}ms duplicate 50%`;
    const tc = (words: string): Promise<string> => mustRun(["ip", "netns", "exec", "lan", "tc", ...words.split(" ")]);
    await tc(`qdisc add dev two root netem ${fault}`);
    await sleep(20 * INTERVAL_MS);
    await tc("qdisc del dev two root");
    assert.deepEqual([pair.activations("two"), client.answers.names], [before, ["one"]], pair.log);
    pair.assertTimes("late, repeated and shuffled packets", { gapMs: 0 });
  });
}
