import assert from "node:assert/strict";
import type { BackgroundProcess } from "../background_process.ts";
import { type Fields, fieldsOf, itemsOf } from "../../../core/json/mod.ts";
import { FrrRouter } from "../frr_router.ts";
import { type DirectorName, SLACK_MS, VIP, VrrpLan } from "../vrrp_lan.ts";

const INTERVAL_MS = 250;

const VRID = 51;

/** Priorities: that of FRR, and those of lvsctl below and above it. */
const PRIORITY = { frr: 200, below: 100, above: 250 } as const;

const ADDRESSES = [VIP.ipv4, VIP.ipv6] as const;

/** How long lvsctl stands behind FRR without a message of its own; intervals. */
const QUIET_INTERVALS = 10;

function instance(priority: number): string {
  const keys = `interval: ${INTERVAL_MS}ms, vips: [${VIP.ipv4}/24, "${VIP.linkLocal}", "${VIP.ipv6}/64"]`;
  return `{ name: edge, vrid: ${VRID}, device: eth0, priority: ${priority}, ${keys} }`;
}

/** The longest time until a standby takes over from a director that stops, and from one that is silent; milliseconds. */
function skewMs(priority: number): number {
  return (256 - priority) * INTERVAL_MS / 256;
}

function downMs(priority: number): number {
  return 3 * INTERVAL_MS + skewMs(priority);
}

/** The routers of both families in lvsctl's status. */
async function routers(lan: VrrpLan): Promise<readonly Fields[]> {
  return itemsOf(fieldsOf(JSON.parse(await lan.lvsctl("two", "vrrp status --json")))["routers"]).map(fieldsOf);
}

function assertNoComplaint({ stderr }: BackgroundProcess): void {
  assert.doesNotMatch(stderr, /discards|other addresses|does not hear/);
}

Deno.test("lvsctl and FRR share virtual routers of both families, in both roles", async (test) => {
  await using lan = await VrrpLan.create();
  const frr = await FrrRouter.start(lan, "one", { vrid: VRID, intervalMs: INTERVAL_MS, priority: PRIORITY.frr });
  await frr.untilState("Master", downMs(PRIORITY.frr));
  const client = await lan.ask(ADDRESSES);
  const untilAnswer = async (name: DirectorName): Promise<void> => {
    for (const address of ADDRESSES) await lan.untilAnswer(client, name, address);
  };
  const assertGaps = (what: string, boundMs: number): void => {
    lan.assertGap(client, { what: `${what}, IPv4`, boundMs, address: VIP.ipv4 });
    lan.assertGap(client, { what: `${what}, IPv6`, boundMs, address: VIP.ipv6 });
    lan.begin(client);
  };

  await test.step("lvsctl stands behind FRR, takes over when it is killed or stops, and yields when it returns", async () => {
    const daemon = await lan.startLvsctl("two", instance(PRIORITY.below));
    await untilAnswer("one");
    lan.begin(client);
    await new Promise((resolve) => setTimeout(resolve, QUIET_INTERVALS * INTERVAL_MS));
    for (const { family, state, advertisements_sent: sent, heard } of await routers(lan)) {
      const { priority } = fieldsOf(heard);
      assert.deepEqual({ state, sent, priority }, { state: "backup", sent: 0, priority: PRIORITY.frr }, `${family}`);
    }

    await frr.kill();
    await untilAnswer("two");
    assertGaps("kill -9 of FRR", downMs(PRIORITY.below));
    await frr.resume();
    await frr.untilState("Master", downMs(PRIORITY.frr));
    await untilAnswer("one");
    await frr.stop();
    await untilAnswer("two");
    assertGaps("return and stop of FRR", skewMs(PRIORITY.below));
    await frr.resume();
    await frr.untilState("Master", downMs(PRIORITY.frr));
    await untilAnswer("one");
    for (const { state } of await routers(lan)) assert.equal(state, "backup");
    daemon.signal("SIGTERM");
    assert.equal(await daemon.finished(), 0, daemon.stderr);
    assertNoComplaint(daemon);
  });

  await test.step("FRR stands behind lvsctl, takes over when it stops, and yields when it returns", async () => {
    const first = await lan.startLvsctl("two", instance(PRIORITY.above));
    await frr.untilState("Backup", downMs(PRIORITY.above));
    await untilAnswer("two");
    lan.begin(client);
    await new Promise((resolve) => setTimeout(resolve, QUIET_INTERVALS * INTERVAL_MS));
    assert.deepEqual(await frr.states(), ["Backup", "Backup"]);
    for (const address of ADDRESSES) assert.deepEqual(client.answersOf(address).names, ["two"]);

    first.signal("SIGTERM");
    assert.equal(await first.finished(), 0, first.stderr);
    await frr.untilState("Master", downMs(PRIORITY.frr));
    await untilAnswer("one");
    assertGaps("stop of lvsctl", skewMs(PRIORITY.frr));
    const second = await lan.startLvsctl("two", instance(PRIORITY.above));
    await frr.untilState("Backup", downMs(PRIORITY.above) + SLACK_MS);
    await untilAnswer("two");
    assertGaps("return of lvsctl", 0);
    for (const daemon of [first, second]) assertNoComplaint(daemon);
  });
});
