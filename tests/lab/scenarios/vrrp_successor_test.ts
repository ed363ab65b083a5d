/**
 * What becomes of the routers of a daemon that was restarted when the next one has another file, is killed or restarted
 * itself, or does not come.
 *
 * @module
 */
import assert from "node:assert/strict";
import { lvsctlPath, until } from "../director.ts";
import { inNamespace } from "../namespace.ts";
import { type DirectorName, SLACK_MS, VIP, VrrpLan } from "../vrrp_lan.ts";
import { DirectorPair } from "../vrrp_pair.ts";

/** A busy machine lets the guest stand still for less than three of these. */
const INTERVAL_MS = 300;

/** An address besides the VIP. */
const OTHER = "10.0.0.101";

/** How long a program of a notification runs, for which a daemon that is restarted waits; seconds. */
const NOTIFY_SECONDS = 5;

/** How long a daemon may take to start or to end on a busy machine; less than the routers go on without one. */
const PATIENCE_SECONDS = 25;

/** The file of the director. */
const FILE = "/tmp/vrrp-one.yaml";

/** The pair whose first director is restarted. */
interface Stage {
  readonly test: Deno.TestContext;
  readonly lan: VrrpLan;
  readonly pair: DirectorPair;
}

function sleep(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

Deno.test("a daemon that follows another one leaves no address where no router is active, and no second process", async (test) => {
  await using lan = await VrrpLan.create();
  const client = await lan.ask(VIP.ipv4);
  await using pair = await DirectorPair.start(lan, { client, intervalMs: INTERVAL_MS });
  const stage = { test, lan, pair };
  for (const steps of [change, repeat, kill, dropRouter, stop]) await steps(stage);
});

/** Ends the daemon of the first director for a restart, and waits for that. */
async function endForRestart({ pair }: Stage): Promise<void> {
  const former = pair.daemons.one;
  former.signal("SIGUSR2");
  // Its output stays open as long as the process of the routers has it.
  await former.untilOutput(/stopped for a restart/, { timeLimitSeconds: PATIENCE_SECONDS });
}

/** Starts the daemon of the first director with the present file. */
async function startNext({ lan, pair }: Stage): Promise<void> {
  pair.daemons.one = lan.start("one", [lvsctlPath(), "run", FILE]);
  await pair.daemons.one.untilOutput(/watching/, { timeLimitSeconds: PATIENCE_SECONDS });
}

/** Changes the file of the first director. */
async function edit(from: string, to: string): Promise<void> {
  const text = await Deno.readTextFile(FILE);
  assert.ok(text.includes(from), from);
  await Deno.writeTextFile(FILE, text.replace(from, to));
}

/** The processes of the virtual routers of a director. */
async function speakersOf(name: DirectorName): Promise<readonly number[]> {
  const { stdout } = await inNamespace(name, ["ip", "netns", "pids", name]);
  const pids = stdout.split("\n").filter((line) => line !== "").map(Number);
  const lines = await Promise.all(pids.map((pid) => Deno.readTextFile(`/proc/${pid}/cmdline`).catch(() => "")));
  return pids.filter((_, index) => lines[index]?.includes("__speaker") === true);
}

async function untilSpeakers(stage: Stage, count: number): Promise<void> {
  let pids: readonly number[] = [];
  await until(async () => (pids = await speakersOf("one")).length === count, {
    withinMs: SLACK_MS,
    what: `${count} processes of virtual routers`,
    state: () => `${pids.join()}\n${stage.pair.log}`,
  });
}

/** Since when, and how often, the router of the first director is active. */
async function activation({ lan, pair }: Stage): Promise<readonly unknown[]> {
  let active: readonly unknown[] = [];
  await until(async () => {
    const { state, since, activations } = await lan.router("one");
    active = [since, activations];
    return state === "active";
  }, { withinMs: 2 * SLACK_MS, what: "the router is active", state: () => pair.log });
  return active;
}

/** Asserts that the first director, with one process, was active all the time. */
async function assertUnmoved(stage: Stage, what: string, before: readonly unknown[]): Promise<void> {
  const { lan, pair } = stage;
  assert.deepEqual(await activation(stage), before, what);
  await untilSpeakers(stage, 1);
  assert.deepEqual([lan.holders(VIP.ipv4), pair.client.answers.names], [["one"], ["one"]], what);
  await pair.assertTimes(what, { gapMs: 0 });
}

async function change(stage: Stage): Promise<void> {
  const { test, lan, pair } = stage;
  await test.step("another name and other addresses over a restart: the router stays active, and former addresses go", async () => {
    const before = await activation(stage);
    const changes = [
      ["name: edge", "name: front"],
      [`vips: [${VIP.ipv4}/24]`, `vips: [${VIP.ipv4}/24, ${OTHER}/24]`],
      [`vips: [${VIP.ipv4}/24, ${OTHER}/24]`, `vips: [${VIP.ipv4}/24]`],
      ["name: front", "name: edge"],
    ] as const;
    for (const [from, to] of changes) {
      await endForRestart(stage);
      await edit(from, to);
      await startNext(stage);
      await assertUnmoved(stage, `a restart with ${to}`, before);
      const holders = to.includes(OTHER) ? "one" : "";
      await until(() => lan.holders(OTHER).join() === holders, {
        withinMs: SLACK_MS,
        what: `"${holders}" has ${OTHER}`,
        state: () => pair.log,
      });
    }
  });
}

async function repeat(stage: Stage): Promise<void> {
  await stage.test.step("two quick restarts move nothing", async () => {
    const before = await activation(stage);
    await endForRestart(stage);
    await startNext(stage);
    await endForRestart(stage);
    await startNext(stage);
    await assertUnmoved(stage, "two quick restarts", before);
  });
}

async function kill(stage: Stage): Promise<void> {
  const { lan, test } = stage;
  await test.step("daemons that are killed while they start move nothing, if another one follows", async () => {
    const before = await activation(stage);
    await endForRestart(stage);
    for (const lifeMs of [50, 200, 400, 800]) {
      const next = lan.start("one", [lvsctlPath(), "run", FILE]);
      await sleep(lifeMs);
      next.signal("SIGKILL");
    }
    await startNext(stage);
    await assertUnmoved(stage, "killed daemons", before);
  });
}

async function dropRouter(stage: Stage): Promise<void> {
  const { test, lan, pair } = stage;
  await test.step("a file without the router after a restart hands over", async () => {
    await endForRestart(stage);
    const text = await Deno.readTextFile(FILE);
    await Deno.writeTextFile(FILE, "version: 1\nservices: []\n");
    await startNext(stage);
    await pair.untilActive("two");
    await pair.assertTimes("a file without the router", { gapMs: pair.skewMs("two") });
    await untilSpeakers(stage, 0);
    await endForRestart(stage);
    await Deno.writeTextFile(FILE, text);
    await startNext(stage);
    await pair.untilActive("one");
    await pair.assertTimes("a file with the router", { gapMs: 0 });
    assert.deepEqual(lan.holders(VIP.ipv4), ["one"]);
  });
}

async function stop(stage: Stage): Promise<void> {
  const { test, pair, lan } = stage;
  await test.step("a stop after the signal for a restart hands over, and is notified of", async () => {
    const told = "/tmp/vrrp-stop";
    const commands = [
      `{ type: exec, on: [active], command: [/bin/sleep, "${NOTIFY_SECONDS}"] }`,
      `{ type: exec, on: [stop], command: [/bin/sh, -c, "echo $LVSCTL_STATE >${told}"] }`,
    ];
    await edit("vips:", `notify: [${commands.join(", ")}], vips:`);
    await endForRestart(stage);
    await startNext(stage);
    await activation(stage);
    await lan.lvsctl("one", "vrrp release edge");
    await pair.untilActive("two");
    await lan.lvsctl("one", "vrrp resume edge");
    await pair.untilActive("one");
    pair.begin();
    const daemon = pair.daemons.one;
    daemon.signal("SIGUSR2");
    // It has left the process of the routers, and waits for the program of the notification.
    await sleep(NOTIFY_SECONDS * 1000 / 2);
    assert.deepEqual(lan.holders(VIP.ipv4), ["one"]);
    daemon.signal("SIGTERM");
    await pair.untilActive("two");
    await pair.assertTimes("a stop after the signal for a restart", { gapMs: pair.skewMs("two") });
    assert.equal(await daemon.finished(), 0, daemon.stderr);
    assert.equal(await Deno.readTextFile(told).catch(String), "stop\n", daemon.stderr);
    await untilSpeakers(stage, 0);
  });
}
