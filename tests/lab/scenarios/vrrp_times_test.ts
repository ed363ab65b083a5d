/**
 * How long a client waits for lvsctl when the active director stops and when it is cut off, beside keepalived on the same
 * directors at the same moments; and how late advertisements are while the daemon is busy.
 *
 * @module
 */
import assert from "node:assert/strict";
import type { BackgroundProcess } from "../background_process.ts";
import { until } from "../director.ts";
import { ip } from "../namespace.ts";
import type { VipClient } from "../vip_client.ts";
import { addressOf, type DirectorName, DIRECTORS, LATE_MS, printLine, VIP, VrrpLan } from "../vrrp_lan.ts";
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
  const instances = routersOf("lvsctl").map(({ vrid, vip, intervalMs }) =>
    `{ name: edge${vrid}, vrid: ${vrid}, device: eth0, priority: ${priority}, interval: ${intervalMs}ms, vips: [${vip}] }`
  );
  const file = routersOf("keepalived").map(({ vrid, vip, intervalMs }) => {
    const lines = ["state BACKUP", "interface eth0", `virtual_router_id ${vrid}`, `priority ${priority}`, "version 3"];
    const rest = [`advert_int ${intervalMs / 1000}`, "virtual_ipaddress {", vip, "}"];
    return `vrrp_instance edge${vrid} {\n${[...lines, ...rest].join("\n")}\n}\n`;
  });
  const keepalived = await lan.startKeepalived(name, file.join(""));
  return { keepalived, lvsctl: await lan.startLvsctl(name, instances.join("\n  - ")) };
}

function sleep(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

Deno.test("a client waits for lvsctl no longer than the protocol says, and advertisements are on time", async (test) => {
  await using lan = await VrrpLan.create();
  await test.step("a director stops, returns, and is cut off beside keepalived", () => failOver(lan));
  await test.step("the daemon is busy with a large file", () => beBusy(lan));
});

async function failOver(lan: VrrpLan): Promise<void> {
  const one = await start(lan, "one");
  const two = await start(lan, "two");
  const client = await lan.ask(ROUTERS.map(({ vip }) => vip), { everyMs: 40 });
  const untilActive = async (name: DirectorName): Promise<void> => {
    for (const { vip } of ROUTERS) await lan.untilAnswer(client, name, vip);
  };
  await untilActive("one");

  lan.begin(client);
  one.lvsctl.signal("SIGTERM");
  await lan.stopKeepalived(one.keepalived);
  await untilActive("two");
  await one.lvsctl.finished();
  await assertGaps(lan, client, { what: "stop", boundMs: skewMs });

  const again = await start(lan, "one");
  await untilActive("one");
  await assertGaps(lan, client, { what: "return", boundMs: () => 0 });

  await ip(["link set dev one nomaster"], "lan");
  await untilActive("two");
  await assertGaps(lan, client, { what: "cut off", boundMs: (intervalMs) => 3 * intervalMs + skewMs(intervalMs) });

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

async function assertGaps(
  lan: VrrpLan,
  client: VipClient,
  { what, boundMs }: { readonly what: string; readonly boundMs: (intervalMs: number) => number },
): Promise<void> {
  const allowance = await lan.allowance();
  for (const { program, intervalMs, vip } of ROUTERS) {
    const { longestGapMs } = client.answersOf(vip);
    const limits = { what: `${what} at ${intervalMs} ms`, boundMs: boundMs(intervalMs), address: vip, allowance };
    if (program === "keepalived") printLine(`${limits.what}, keepalived: ${longestGapMs} ms without an answer`);
    else await lan.assertGap(client, limits);
  }
  lan.begin(client);
}

/** Services that keep the daemon busy for longer than the standby waits. */
const MANY = 10_000;

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
  const { slowness } = await lan.allowance();
  pair.begin();
  const begin = performance.now();
  const reload = lan.lvsctl("one", "reload");
  const readTable = (): string => Deno.readTextFileSync(`/proc/${pair.daemons.one.pid}/net/ip_vs`);
  await until(async () => {
    await sleep(LOOK_MS);
    return readTable().split("FWM").length > MANY;
  }, { withinMs: 60_000, what: "the table is complete", state: () => pair.log });
  await reload;
  const tookMs = Math.round(performance.now() - begin);
  const lateMs = latestMs(listener, BUSY_INTERVAL_MS);
  const stallMs = Math.round(lan.stalls.takeLongestMs());
  const extraMs = Math.round(ADVERTISEMENT_LATE_MS * (slowness - 1)) + stallMs;
  printLine(`${MANY} services: ${tookMs} ms; latest advertisement ${lateMs} ms, the guest ${extraMs} ms`);
  assert.ok(lateMs <= ADVERTISEMENT_LATE_MS + extraMs, `${lateMs} ms late`);
  assert.doesNotMatch(pair.daemons.two.stderr, /is active/);
  const { names, longestGapMs } = client.answers;
  assert.deepEqual(names, ["one"]);
  assert.ok(longestGapMs <= LATE_MS * slowness + stallMs + client.everyMs, `${longestGapMs} ms without an answer`);
}

/** Time between two looks at a large table; milliseconds. */
const LOOK_MS = 300;

/** How late the latest advertisement of the first director was on the wire; milliseconds. */
function latestMs({ stdout }: BackgroundProcess, intervalMs: number): number {
  const lines = stdout.split("\n").slice(1, -1).map((line) => line.split(" "));
  const [source] = DIRECTORS.map(addressOf);
  const times = lines.filter((line) => line[1] === source).map(([time]) => Number(time));
  assert.ok(times.length > 10, stdout);
  const gaps = times.slice(1).map((time, index) => time - (times[index] ?? time));
  return Math.round(Math.max(...gaps) - intervalMs);
}
