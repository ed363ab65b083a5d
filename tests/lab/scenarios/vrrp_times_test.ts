/**
 * How long a client waits when the active director stops and when it is cut off, with keepalived and with lvsctl on the same
 * network one after the other.
 *
 * @module
 */
import assert from "node:assert/strict";
import type { BackgroundProcess } from "../background_process.ts";
import { ip } from "../namespace.ts";
import { type DirectorName, printLine, SLACK_MS, VIP, type VipClient, VrrpLan } from "../vrrp_lan.ts";

const PROGRAMS = ["keepalived", "lvsctl"] as const;

type Program = (typeof PROGRAMS)[number];

const PRIORITIES: Readonly<Record<DirectorName, number>> = { one: 200, two: 100 };

async function start(lan: VrrpLan, name: DirectorName, options: {
  readonly program: Program;
  readonly intervalMs: number;
}): Promise<BackgroundProcess> {
  const { program, intervalMs } = options;
  const priority = PRIORITIES[name];
  if (program === "lvsctl") {
    const keys = `interval: ${intervalMs}ms, vips: [${VIP.ipv4}/24]`;
    return await lan.startLvsctl(name, `{ name: edge, vrid: 51, device: eth0, priority: ${priority}, ${keys} }`);
  }
  const lines = ["state BACKUP", "interface eth0", "virtual_router_id 51", `priority ${priority}`, "version 3"];
  const rest = [`advert_int ${intervalMs / 1000}`, `virtual_ipaddress {\n${VIP.ipv4}/24\n}`];
  return await lan.startKeepalived(name, `vrrp_instance edge {\n${[...lines, ...rest].join("\n")}\n}\n`);
}

/** Stops a director normally. */
async function stop(lan: VrrpLan, director: BackgroundProcess, program: Program): Promise<void> {
  if (program === "keepalived") return await lan.stopKeepalived(director);
  director.signal("SIGTERM");
  await director.finished();
}

interface Gaps {
  readonly stopMs: number;
  readonly cutMs: number;
}

/** The time for which Linux ignores that a neighbour's address changes again, with some more; milliseconds. */
const LOCK_MS = 1500;

/** A client that has known the address of the active director for long enough to learn another one. */
async function settledClient(lan: VrrpLan): Promise<VipClient> {
  const client = await lan.ask(VIP.ipv4);
  await lan.untilAnswer(client, "one");
  await new Promise((resolve) => setTimeout(resolve, LOCK_MS));
  return client;
}

/** The longest times without an answer. */
async function measure(lan: VrrpLan, program: Program, intervalMs: number): Promise<Gaps> {
  const options = { program, intervalMs };
  const withinMs = 4 * intervalMs + SLACK_MS;
  const two = await start(lan, "two", options);
  const first = await start(lan, "one", options);
  await lan.untilHolder("one", { withinMs: 2 * withinMs });
  const atStop = await settledClient(lan);
  await stop(lan, first, program);
  await lan.untilAnswer(atStop, "two");
  await atStop.stop();

  const second = await start(lan, "one", options);
  await lan.untilHolder("one", { withinMs: 2 * withinMs });
  const atCut = await settledClient(lan);
  await ip(["link set dev one nomaster"], "lan");
  await lan.untilAnswer(atCut, "two");
  await ip(["link set dev one master br0"], "lan");
  for (const director of [second, two]) await stop(lan, director, program);
  return { stopMs: atStop.answers.longestGapMs, cutMs: atCut.answers.longestGapMs };
}

for (const intervalMs of [1000, 100]) {
  Deno.test(`a client waits for lvsctl as long as for keepalived at an interval of ${intervalMs} ms`, async () => {
    const gaps: Partial<Record<Program, Gaps>> = {};
    for (const program of PROGRAMS) {
      await using lan = await VrrpLan.create();
      gaps[program] = await measure(lan, program, intervalMs);
    }
    const { keepalived, lvsctl } = gaps;
    assert(keepalived !== undefined && lvsctl !== undefined);
    printLine(`interval ${intervalMs} ms: stop keepalived ${keepalived.stopMs} ms, lvsctl ${lvsctl.stopMs} ms`);
    printLine(`interval ${intervalMs} ms: cut off keepalived ${keepalived.cutMs} ms, lvsctl ${lvsctl.cutMs} ms`);
    // The skew of the standby, and three intervals; a busy guest stands still.
    const skewMs = (256 - PRIORITIES.two) * intervalMs / 256;
    assert.ok(lvsctl.stopMs <= Math.max(skewMs, keepalived.stopMs) + SLACK_MS, JSON.stringify(gaps));
    assert.ok(lvsctl.cutMs <= Math.max(3 * intervalMs + skewMs, keepalived.cutMs) + SLACK_MS, JSON.stringify(gaps));
    assert.ok(lvsctl.stopMs < lvsctl.cutMs || intervalMs < 1000, "a stop is faster, because it says so");
  });
}
