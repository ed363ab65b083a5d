/**
 * What is left of a director whose processes are killed, and what one does that stands still.
 *
 * @module
 */
import assert from "node:assert/strict";
import { lvsctlPath, until } from "../director.ts";
import { inNamespace, ip } from "../namespace.ts";
import type { VipClient } from "../vip_client.ts";
import { type DirectorName, SLACK_MS, VIP, VrrpLan } from "../vrrp_lan.ts";
import { DirectorPair } from "../vrrp_pair.ts";

/** A short interval: the standby takes over within less than half a second. */
const INTERVAL_MS = 100;

/** Long enough for the start of two programs within three of them, on a busy machine too. */
const RESTART_INTERVAL_MS = 5000;

/**
 * An interval for processes that stand still for some of them. A busy machine adds to a time of two or four of them less
 * than half of one. Ten of them are shorter than the time after which the daemon replaces the process.
 */
const STALL_INTERVAL_MS = 300;

/** A LAN, and the client of its VIP. */
interface Stage {
  readonly lan: VrrpLan;
  readonly client: VipClient;
}

function sleep(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

Deno.test("directors of which processes are killed or stand still share the VIP as the protocol says", async (test) => {
  await using lan = await VrrpLan.create();
  const stage = { lan, client: await lan.ask(VIP.ipv4) };
  await test.step("a daemon that is killed and starts again within three intervals loses nothing", async () => {
    await restartDaemon(stage);
  });
  await test.step("a daemon that is restarted keeps its addresses for longer than three intervals", async () => {
    await restartInOrder(stage);
  });
  await test.step("a director whose processes are killed gives up its addresses, and both have them for no long time", (steps) =>
    killProcesses(stage, steps));
  await test.step("a director that stands still is replaced after three intervals, and yields at once when it goes on", async () => {
    await stopProcesses(stage);
  });
});

async function restartDaemon({ lan, client }: Stage): Promise<void> {
  const priorities = { one: 255, two: 100 };
  await using pair = await DirectorPair.start(lan, { client, intervalMs: RESTART_INTERVAL_MS, priorities });
  const activation = async (): Promise<readonly unknown[]> => {
    const { state, since, activations } = await lan.router("one");
    return [state, since, activations];
  };
  const before = await activation();
  // Its output stays open as long as the process of the routers has it, so that its end is not waited for.
  pair.daemons.one.signal("SIGKILL");
  const { code, stderr } = await inNamespace("one", [lvsctlPath(), "vrrp", "cleanup"]);
  assert.equal(code, 1);
  assert.match(stderr, /the process of the virtual routers still runs, and removes its addresses itself/);
  await pair.restart("one", /watching/);
  await until(async () => (await activation())[0] === "active", {
    withinMs: SLACK_MS,
    what: "the new daemon knows the state",
    state: () => pair.log,
  });
  assert.deepEqual(await activation(), before);
  assert.deepEqual(lan.holders(VIP.ipv4), ["one"]);
  assert.deepEqual(client.answers.names, ["one"]);
  pair.assertTimes("kill -9 of the daemon, and a start", { gapMs: 0 });
}

async function restartInOrder({ lan, client }: Stage): Promise<void> {
  await using pair = await DirectorPair.start(lan, { client, intervalMs: STALL_INTERVAL_MS });
  const { state, since, activations } = await lan.router("one");
  const speaker = await pair.speaker("one");
  const former = pair.daemons.one;
  former.signal("SIGUSR2");
  // Its output stays open as long as the process of the routers has it.
  await former.untilOutput(/stopped for a restart/);
  await sleep(5 * STALL_INTERVAL_MS);
  await pair.restart("one", /watching/);
  let now: readonly unknown[] = [];
  await until(async () => {
    const router = await lan.router("one");
    now = [router["state"], router["since"], router["activations"]];
    return now[0] === "active";
  }, { withinMs: SLACK_MS, what: "the new daemon knows the state", state: () => pair.log });
  assert.deepEqual(now, [state, since, activations]);
  assert.deepEqual([lan.holders(VIP.ipv4), client.answers.names], [["one"], ["one"]]);
  assert.doesNotMatch(pair.daemons.two.stderr, /is active/);
  assert.doesNotMatch(pair.daemons.one.stderr, /is active|is backup/, "the former daemon has reported it");
  await Deno.stat(`/proc/${speaker}`);
  pair.assertTimes("a restart that takes five intervals", { gapMs: 0 });
}

async function killProcesses({ lan, client }: Stage, test: Deno.TestContext): Promise<void> {
  await using pair = await DirectorPair.start(lan, { client, intervalMs: INTERVAL_MS });
  const back = async (): Promise<void> => {
    await pair.restart("one");
    await pair.untilActive("one");
    await sleep(INTERVAL_MS);
    pair.assertTimes("its return", { gapMs: 0 });
  };
  await test.step("the process of the routers: the daemon removes the addresses, and starts another one", async () => {
    Deno.kill(await pair.speaker("one"), "SIGKILL");
    await lan.untilAnswer(client, "two");
    await pair.untilActive("one");
    pair.assertTimes("kill -9 of the process of the routers", { gapMs: pair.downMs("two") });
    assert.match(
      pair.daemons.one.stderr,
      /the process of the virtual routers has ended \(SIGKILL\); it starts again/,
    );
  });
  await test.step("the daemon: the process of the routers goes on for three intervals, and hands over", async () => {
    pair.daemons.one.signal("SIGKILL");
    await pair.untilActive("two");
    pair.assertTimes("kill -9 of the daemon", { gapMs: pair.skewMs("two") });
    await pair.daemons.one.stop();
    await back();
  });
  await test.step("both: the clean-up that the unit runs removes the addresses", async () => {
    await pair.killAll("one");
    const begin = performance.now();
    assert.match(await lan.lvsctl("one", "vrrp cleanup"), /removed 10\.0\.0\.100\/24 on eth0/);
    // Before it ends, nothing removes the addresses.
    const bothMs = performance.now() - begin;
    await pair.untilActive("two");
    pair.assertTimes("kill -9 of both", { gapMs: pair.downMs("two"), bothMs });
    await back();
  });
  await test.step("the whole director, with its link: another daemon removes what it left before it takes part", async () => {
    await pair.killAll("one");
    await ip(["link set dev one down"], "lan");
    await lan.untilAnswer(client, "two");
    await lan.assertGap(client, { what: "the whole director", boundMs: pair.downMs("two") });
    assert.deepEqual(lan.holders(VIP.ipv4), ["one", "two"]);
    await pair.restart("one");
    await lan.untilHolder("two", { withinMs: SLACK_MS, state: () => pair.log });
    pair.begin();
    await ip(["link set dev one up"], "lan");
    await pair.untilActive("one");
    await sleep(INTERVAL_MS);
    pair.assertTimes("its return", { gapMs: 0 });
  });
}

async function stopProcesses({ lan, client }: Stage): Promise<void> {
  // The one that is active at first has the lower priority: it yields when it goes on, and the other one does not.
  await using pair = await DirectorPair.start(lan, {
    client,
    intervalMs: STALL_INTERVAL_MS,
    priorities: { one: 100, two: 200 },
    first: "one",
    keys: { two: ", preempt: false" },
  });
  /** Stops the active director for some intervals, and asserts which one is active then. */
  const stop = async (name: DirectorName, intervals: number, then: DirectorName): Promise<void> => {
    const other = name === "one" ? "two" : "one";
    const before = pair.daemons[other].stderr.length;
    const speaker = await pair.speaker(name);
    pair.begin();
    Deno.kill(speaker, "SIGSTOP");
    await sleep(intervals * STALL_INTERVAL_MS);
    Deno.kill(speaker, "SIGCONT");
    pair.owners.begin();
    const what = `${name} stands still for ${intervals} intervals`;
    await pair.untilActive(then);
    assert.equal(/is active/.test(pair.daemons[other].stderr.slice(before)), intervals > 3, what);
    // The stopped director still has the address, so that the client does not wait.
    pair.assertTimes(what, { gapMs: 0 });
  };
  await stop("one", 2, "one");
  await stop("one", 4, "two");
  await stop("two", 2, "two");
  await stop("two", 10, "two");
  assert.doesNotMatch(pair.log, /has ended|does not answer/);
}
