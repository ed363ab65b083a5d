/**
 * lvsctl and keepalived as the two directors of virtual routers, one router for each dialect that both programs speak, in
 * both roles.
 *
 * @module
 */
import assert from "node:assert/strict";
import type { BackgroundProcess } from "../background_process.ts";
import { type Fields, fieldsOf, itemsOf } from "../../../core/json/mod.ts";
import { ip } from "../namespace.ts";
import type { VipClient } from "../vip_client.ts";
import { PacketCounter } from "../packet_counter.ts";
import { addressOf, type DirectorName, KEEPALIVED_LATE_MS, SLACK_MS, VrrpLan } from "../vrrp_lan.ts";
import { killDaemon } from "../vrrp_pair.ts";

/** A dialect that both programs speak. */
interface Dialect {
  /** The number of its router. */
  readonly vrid: number;
  /** Keys of keepalived's instance. */
  readonly keepalived: string;
  /** Keys of lvsctl's instance. */
  readonly lvsctl: string;
  /** Time between advertisements; milliseconds. */
  readonly intervalMs: number;
  /** The version of the protocol, whose skew differs. */
  readonly version: 2 | 3;
  /** The addresses; the client asks the last one. */
  readonly vips: readonly string[];
}

const VERSION_2 = { intervalMs: 1000, version: 2 } as const;

/** What all routers of version 3 have; their intervals differ, so that they do not take over at the same moment. */
function version3(intervalMs: number): Pick<Dialect, "intervalMs" | "version" | "keepalived" | "lvsctl"> {
  const keepalived = `version 3\nadvert_int ${intervalMs / 1000}`;
  return { intervalMs, version: 3, keepalived, lvsctl: `interval: ${intervalMs}ms` };
}

const MULTICAST = version3(250);
const UNICAST = version3(400);

/** The dialects, by name; `PEER` stands for the address of the other director. */
const DIALECTS: Readonly<Record<string, Dialect>> = {
  "version 2": {
    ...VERSION_2,
    vrid: 51,
    keepalived: "version 2\nadvert_int 1",
    lvsctl: "version: 2",
    vips: ["10.0.0.101"],
  },
  "version 2 with a password": {
    ...VERSION_2,
    vrid: 52,
    keepalived: "version 2\nadvert_int 1\nauthentication {\nauth_type PASS\nauth_pass secret12\n}",
    lvsctl: "version: 2, password: secret12",
    vips: ["10.0.0.102"],
  },
  "version 3": { ...MULTICAST, vrid: 53, vips: ["10.0.0.103"] },
  "version 3 to a peer": {
    ...UNICAST,
    vrid: 54,
    keepalived: `${UNICAST.keepalived}\nunicast_peer {\nPEER\n}`,
    lvsctl: `${UNICAST.lvsctl}, peers: PEER`,
    vips: ["10.0.0.104"],
  },
  "version 3 over IPv6": {
    ...version3(600),
    vrid: 55,
    vips: ["fe80::55", "fd00::105"],
  },
};

/** How long both run while nothing may happen: ten of the longest intervals; milliseconds. */
const QUIET_MS = 10 * Math.max(...Object.values(DIALECTS).map(({ intervalMs }) => intervalMs));

/** Priorities: keepalived has a higher one first, and a lower one later. */
const PRIORITY = { lvsctl: 100, keepalived: { higher: 200, lower: 50 } } as const;

const [KEEPALIVED, LVSCTL] = ["one", "two"] as const;

/** The address that the client asks for. */
function addressIn({ vips }: Dialect): string {
  return vips.at(-1) ?? "";
}

const ADDRESSES = Object.values(DIALECTS).map(addressIn);

function keepalivedFile(priority: number): string {
  const instances = Object.values(DIALECTS).map(({ vrid, keepalived, vips }) =>
    `vrrp_instance edge${vrid} {
state BACKUP
interface eth0
virtual_router_id ${vrid}
priority ${priority}
${keepalived.replace("PEER", addressOf(LVSCTL))}
virtual_ipaddress {
${vips.join("\n")}
}
}
`
  );
  return instances.join("");
}

/** The instances of lvsctl in YAML. */
function instances(): string {
  const all = Object.values(DIALECTS).map(({ vrid, lvsctl, vips }) => {
    const keys = lvsctl.replace("PEER", addressOf(KEEPALIVED));
    const list = vips.map((vip) => `"${vip}"`).join(", ");
    return `{ name: edge${vrid}, vrid: ${vrid}, device: eth0, priority: ${PRIORITY.lvsctl}, ${keys}, vips: [${list}] }`;
  });
  return all.join("\n  - ");
}

/** The longest time without the addresses, if the active director stops; milliseconds. */
function skewMs({ intervalMs, version }: Dialect, priority: number): number {
  return (256 - priority) * (version === 2 ? 1000 : intervalMs) / 256;
}

/** The longest time without the addresses, if the active director dies; milliseconds. */
function downMs(dialect: Dialect, priority: number): number {
  return 3 * dialect.intervalMs + skewMs(dialect, priority);
}

/** What keepalived logs of an active router that it preempts. */
const PREEMPTED = /received lower priority \(\d+\) advert from \S+ - discarding/;

/** What keepalived logs of packets that it does not like. */
const COMPLAINT = /invalid|expect|unexpected|mismatch|differ|wrong|bad |ignor|discard/i;

function assertNoComplaint(keepalived: BackgroundProcess): void {
  const lines = (keepalived.stdout + keepalived.stderr).split("\n");
  assert.deepEqual(lines.filter((line) => COMPLAINT.test(line) && !PREEMPTED.test(line)), []);
}

/** The LAN, and the client of all addresses. */
class Stage {
  readonly lan: VrrpLan;
  readonly client: VipClient;

  constructor(lan: VrrpLan, client: VipClient) {
    this.lan = lan;
    this.client = client;
  }

  startLvsctl(): Promise<BackgroundProcess> {
    return this.lan.startLvsctl(LVSCTL, instances());
  }

  startKeepalived(priority: number): Promise<BackgroundProcess> {
    return this.lan.startKeepalived(KEEPALIVED, keepalivedFile(priority));
  }

  /** Waits until a director alone has all addresses, and answers. */
  async untilActive(name: DirectorName, ...logs: readonly BackgroundProcess[]): Promise<void> {
    const state = (): string => logs.map(({ stdout, stderr }) => stdout + stderr).join("");
    for (const address of ADDRESSES) {
      await this.lan.untilHolder(name, { address, withinMs: 5000 + SLACK_MS, state });
      await this.lan.untilAnswer(this.client, name, address);
    }
  }

  /** Asserts how long the client waited for each address. */
  assertGaps(what: string, boundMs: (dialect: Dialect) => number): void {
    for (const [name, dialect] of Object.entries(DIALECTS)) {
      const limits = { what: `${what}, ${name}`, boundMs: boundMs(dialect), address: addressIn(dialect) };
      this.lan.assertGap(this.client, limits);
    }
    this.lan.begin(this.client);
  }

  /** Asserts that nothing happens for a while. */
  async assertQuiet(name: DirectorName): Promise<void> {
    this.lan.begin(this.client);
    await new Promise((resolve) => setTimeout(resolve, QUIET_MS));
    for (const address of ADDRESSES) {
      assert.deepEqual([this.lan.holders(address), this.client.answersOf(address).names], [[name], [name]], address);
    }
  }

  /** The routers of lvsctl's status. */
  async routers(): Promise<readonly Fields[]> {
    const status: unknown = JSON.parse(await this.lan.lvsctl(LVSCTL, "vrrp status --json"));
    return itemsOf(fieldsOf(status)["routers"]).map(fieldsOf);
  }
}

Deno.test("lvsctl and keepalived share virtual routers in every dialect", async (test) => {
  await using lan = await VrrpLan.create();
  const stage = new Stage(lan, await lan.ask(ADDRESSES));
  await test.step("lvsctl stands behind keepalived, takes over, and yields", () => standBehind(stage));
  await test.step("keepalived stands behind lvsctl, takes over, and yields", () => standBefore(stage));
});

/** Counts the advertisements that leave the director with lvsctl, to the group and to peers. */
function countAdvertisements(): Promise<PacketCounter> {
  const families = ["ipv4", "ipv6"] as const;
  const counted = families.map((family) => ({ name: family, family, chain: "OUTPUT", match: "-p 112" } as const));
  return PacketCounter.start(LVSCTL, counted);
}

async function standBehind(stage: Stage): Promise<void> {
  const { lan } = stage;
  const first = await stage.startKeepalived(PRIORITY.keepalived.higher);
  await stage.untilActive(KEEPALIVED, first);
  const advertisements = await countAdvertisements();
  await using daemon = await stage.startLvsctl();
  await stage.assertQuiet(KEEPALIVED);
  assert.deepEqual(await advertisements.read(), { ipv4: 0, ipv6: 0 }, "lvsctl has sent advertisements as backup");
  for (const { name, state, advertisements_sent: sent, heard } of await stage.routers()) {
    const { priority } = fieldsOf(heard);
    const expected = { state: "backup", sent: 0, priority: PRIORITY.keepalived.higher };
    assert.deepEqual({ state, sent, priority }, expected, `${name}\n${daemon.stderr}`);
  }

  lan.begin(stage.client);
  await first.stop();
  // A killed keepalived leaves its addresses, which the dead host would not.
  const addresses = Object.values(DIALECTS).flatMap(({ vips }) => vips);
  await ip(addresses.map((vip) => `addr del ${vip}/${vip.includes(":") ? 128 : 32} dev eth0`), KEEPALIVED);
  await stage.untilActive(LVSCTL, daemon);
  const { ipv4 = 0, ipv6 = 0 } = await advertisements.read();
  assert.ok(ipv4 > 0 && ipv6 > 0, "the advertisements of an active router are counted");
  stage.assertGaps("kill -9 of keepalived", (dialect) => downMs(dialect, PRIORITY.lvsctl));

  const second = await stage.startKeepalived(PRIORITY.keepalived.higher);
  await stage.untilActive(KEEPALIVED, second, daemon);
  stage.assertGaps("return of keepalived", () => 0);

  await lan.stopKeepalived(second);
  await stage.untilActive(LVSCTL, daemon);
  stage.assertGaps("stop of keepalived", (dialect) => skewMs(dialect, PRIORITY.lvsctl));
  for (const keepalived of [first, second]) assertNoComplaint(keepalived);
  daemon.signal("SIGTERM");
  assert.equal(await daemon.finished(), 0, daemon.stderr);
}

async function standBefore(stage: Stage): Promise<void> {
  const { lan } = stage;
  const { lower } = PRIORITY.keepalived;
  const first = await stage.startLvsctl();
  await stage.untilActive(LVSCTL, first);
  const keepalived = await stage.startKeepalived(lower);
  const listener = await lan.listen();
  await stage.assertQuiet(LVSCTL);
  assert.doesNotMatch(keepalived.stdout + keepalived.stderr, /Entering MASTER/);
  const sources = new Set(listener.stdout.split("\n").slice(1, -1).map((line) => line.split(" ")[1]));
  assert.deepEqual([...sources], [addressOf(LVSCTL)]);
  await listener.stop();

  lan.begin(stage.client);
  first.signal("SIGTERM");
  assert.equal(await first.finished(), 0, first.stderr);
  await stage.untilActive(KEEPALIVED, keepalived);
  stage.assertGaps("stop of lvsctl", (dialect) => skewMs(dialect, lower) + KEEPALIVED_LATE_MS);

  const second = await stage.startLvsctl();
  await stage.untilActive(LVSCTL, second, keepalived);
  stage.assertGaps("return of lvsctl", () => 0);

  await killDaemon(second);
  await lan.lvsctl(LVSCTL, "vrrp cleanup");
  await stage.untilActive(KEEPALIVED, keepalived);
  stage.assertGaps("kill -9 of lvsctl", (dialect) => downMs(dialect, lower) + KEEPALIVED_LATE_MS);
  assertNoComplaint(keepalived);
}
