/**
 * Virtual routers on a network with faults: packets that no router sends, loss in one direction, loss of some packets, and
 * a split.
 *
 * @module
 */
import assert from "node:assert/strict";
import { type Fields, fieldsOf, itemsOf } from "../../../core/json/mod.ts";
import { parseIpAddress } from "../../../core/model/mod.ts";
import { type Advertisement, encodeAdvertisement, messageChecksum } from "../../../core/vrrp/advertisement.ts";
import { packetOf } from "../../../core/vrrp/mod.ts";
import { until } from "../director.ts";
import { ip } from "../namespace.ts";
import { CLIENT, type DirectorName, printLine, SLACK_MS, VIP, VrrpLan } from "../vrrp_lan.ts";

/** A busy machine lets the guest stand still for less than three of these. */
const INTERVAL_MS = 400;

/** The longest time until the standby takes over; milliseconds. */
const DOWN_MS = 4 * INTERVAL_MS;

function instance(priority: number): string {
  const keys = `interval: ${INTERVAL_MS}ms, vips: [${VIP.ipv4}/24]`;
  return `{ name: edge, vrid: 51, device: eth0, priority: ${priority}, ${keys} }`;
}

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
};

/** How often each packet is sent. */
const TIMES = 3;

Deno.test("an active router stays active whatever wrong packets it gets, counts them by reason, and hears both checksums", async () => {
  await using lan = await VrrpLan.create();
  const daemon = await lan.startLvsctl("one", instance(100));
  await lan.untilHolder("one", { withinMs: DOWN_MS + SLACK_MS, state: () => daemon.stderr });
  const other = packet({ advertisement: { vrid: 52 } });
  await lan.forge({ device: "eth0", packets: [...Object.values(WRONG), other], times: TIMES });
  let counts: readonly Fields[] = [];
  const missing = async (): Promise<readonly string[]> => {
    const status = fieldsOf(JSON.parse(await lan.lvsctl("one", "vrrp status --json")));
    const router = fieldsOf(itemsOf(status["routers"])[0]);
    assert.deepEqual([router["state"], router["activations"], router["heard"]], ["active", 1, null], daemon.stderr);
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

  for (const [index, form] of (["pseudo-header", "message"] as const).entries()) {
    await lan.forge({ device: "eth0", packets: [packet({ form })], times: TIMES });
    // The first time was its start.
    await daemon.untilOutput(new RegExp(`(?:is backup[^]*is active[^]*){${index + 2}}`));
  }
  await until(async () => (await lan.router("one"))["activations"] === 3, {
    withinMs: SLACK_MS,
    what: "it was active three times",
    state: () => daemon.stderr,
  });
});

/** Adds a rule for the advertisements that a director receives. */
async function filter(lan: VrrpLan, rule: string): Promise<void> {
  await lan.run("two", `iptables-legacy -A INPUT -p 112 ${rule}`);
}

async function untilStates(lan: VrrpLan, states: Readonly<Record<DirectorName, string>>): Promise<void> {
  let found: readonly unknown[] = [];
  await until(async () => {
    found = [(await lan.router("one"))["state"], (await lan.router("two"))["state"]];
    return found.join() === `${states.one},${states.two}`;
  }, { withinMs: DOWN_MS + SLACK_MS, what: `the states are ${JSON.stringify(states)}`, state: () => found.join() });
}

Deno.test("a director that hears no packets becomes active too, the other one reports it, and both agree once it hears", async () => {
  await using lan = await VrrpLan.create();
  const one = await lan.startLvsctl("one", instance(200));
  await lan.untilHolder("one", { withinMs: DOWN_MS + SLACK_MS, state: () => one.stderr });
  const two = await lan.startLvsctl("two", instance(100));
  await filter(lan, "-j DROP");
  await untilStates(lan, { one: "active", two: "active" });
  await one.untilOutput(/10\.0\.0\.2 stays active with the lower priority 100: it does not hear this router/);
  assert.equal((await lan.router("one"))["contested"], true);
  assert.match(await lan.lvsctl("one", "status"), /^vrrp edge .*does not hear this one/m);
  await lan.run("two", "iptables-legacy -F INPUT");
  await untilStates(lan, { one: "active", two: "backup" });
  await until(async () => (await lan.router("one"))["contested"] === false, {
    withinMs: SLACK_MS,
    what: "the router is not contested",
    state: () => one.stderr + two.stderr,
  });
});

Deno.test("a lost half of the advertisements moves nothing, and losing four of five moves the VIP to and fro", async () => {
  await using lan = await VrrpLan.create();
  const one = await lan.startLvsctl("one", instance(200));
  await lan.untilHolder("one", { withinMs: DOWN_MS + SLACK_MS, state: () => one.stderr });
  const two = await lan.startLvsctl("two", instance(100));
  const client = await lan.ask(VIP.ipv4);
  await lan.untilAnswer(client, "one");
  await filter(lan, "-m statistic --mode nth --every 2 --packet 0 -j DROP");
  await new Promise((resolve) => setTimeout(resolve, 15 * INTERVAL_MS));
  assert.deepEqual([(await lan.router("two"))["activations"], client.answers.names], [0, ["one"]], two.stderr);
  await lan.run("two", "iptables-legacy -F INPUT");
  await filter(lan, "-m statistic --mode nth --every 5 --packet 0 -j ACCEPT");
  await filter(lan, "-j DROP");
  await two.untilOutput(/is active[^]*is backup/);
  await lan.run("two", "iptables-legacy -F INPUT");
  await untilStates(lan, { one: "active", two: "backup" });
  await lan.untilAnswer(client, "one");
  printLine(`4 of 5 advertisements lost: ${(await lan.router("two"))["activations"]} take-overs`);
});

Deno.test("after a split the neighbours of the VIP know the director that keeps it", async () => {
  await using lan = await VrrpLan.create();
  const one = await lan.startLvsctl("one", instance(200));
  await lan.untilHolder("one", { withinMs: DOWN_MS + SLACK_MS, state: () => one.stderr });
  const two = await lan.startLvsctl("two", instance(100));
  const client = await lan.ask(VIP.ipv4);
  await lan.untilAnswer(client, "one");
  // The client is on the side of the standby, and learns its address.
  await ip(["link set dev one nomaster"], "lan");
  await lan.untilAnswer(client, "two");
  await ip(["link set dev one master br0"], "lan");
  await lan.untilHolder("one", { withinMs: DOWN_MS + SLACK_MS, state: () => one.stderr + two.stderr });
  await lan.untilAnswer(client, "one");
  const mac = (await lan.run("one", "cat /sys/class/net/eth0/address")).trim();
  assert.match(await lan.run(CLIENT, `ip neigh show ${VIP.ipv4} dev eth0`), new RegExp(`lladdr ${mac} `));
});
