import assert from "node:assert/strict";
import { FrrRouter } from "../frr_router.ts";
import { printLine, SLACK_MS, VIP, VrrpLan } from "../vrrp_lan.ts";

const INTERVAL_MS = 500;

/** The longest time until the standby takes over; milliseconds. */
const DOWN_MS = 4 * INTERVAL_MS;

const SETTINGS = { vrid: 51, intervalMs: INTERVAL_MS };

function instance(priority: number): string {
  const keys = `interval: ${INTERVAL_MS}ms, vips: [${VIP.ipv4}/24]`;
  return `{ name: edge, vrid: 51, device: eth0, priority: ${priority}, ${keys} }`;
}

Deno.test("lvsctl stands behind FRR, takes over when it stops, and yields when it returns", async () => {
  await using lan = await VrrpLan.create();
  const frr = await FrrRouter.start(lan, "one", { ...SETTINGS, priority: 200 });
  await frr.untilState("Master", DOWN_MS);
  const daemon = await lan.startLvsctl("two", instance(100));
  const client = await lan.ask(VIP.ipv4);
  await lan.untilAnswer(client, "one");
  await new Promise((resolve) => setTimeout(resolve, 6 * INTERVAL_MS));
  const { state, advertisements_sent: sent, discarded } = await lan.router("two");
  assert.deepEqual({ state, sent, discarded }, { state: "backup", sent: 0, discarded: [] }, daemon.stderr);
  assert.deepEqual(client.answers.names, ["one"]);

  await frr.stop();
  await lan.untilAnswer(client, "two");
  await frr.resume();
  await frr.untilState("Master", DOWN_MS);
  await lan.untilAnswer(client, "one");
  assert.equal((await lan.router("two"))["state"], "backup", daemon.stderr);
  printLine(`FRR stops and returns: ${client.answers.longestGapMs} ms without an answer`);
  assert.doesNotMatch(daemon.stderr, /discards|other addresses|does not hear/);
});

Deno.test("FRR stands behind lvsctl, takes over when it stops, and yields when it returns", async () => {
  await using lan = await VrrpLan.create();
  const first = await lan.startLvsctl("one", instance(200));
  await lan.untilHolder("one", { withinMs: DOWN_MS + SLACK_MS, state: () => first.stderr });
  const frr = await FrrRouter.start(lan, "two", { ...SETTINGS, priority: 100 });
  await frr.untilState("Backup", DOWN_MS);
  const client = await lan.ask(VIP.ipv4);
  await lan.untilAnswer(client, "one");
  await new Promise((resolve) => setTimeout(resolve, 6 * INTERVAL_MS));
  assert.equal(await frr.state(), "Backup");
  assert.deepEqual(client.answers.names, ["one"]);

  first.signal("SIGTERM");
  assert.equal(await first.finished(), 0, first.stderr);
  await frr.untilState("Master", DOWN_MS);
  await lan.untilAnswer(client, "two");
  const second = await lan.startLvsctl("one", instance(200));
  await frr.untilState("Backup", DOWN_MS);
  await lan.untilAnswer(client, "one");
  printLine(`lvsctl stops beside FRR and returns: ${client.answers.longestGapMs} ms without an answer`);
  assert.doesNotMatch(second.stderr, /discards|other addresses|does not hear/);
});
