import assert from "node:assert/strict";
import type { BackgroundProcess } from "../background_process.ts";
import { lvsctlPath, until } from "../director.ts";
import { fieldsOf, itemsOf } from "../../../core/json/mod.ts";
import { denoProgram } from "../traffic.ts";
import { parseConfig } from "../../../core/config/mod.ts";
import { routersOf } from "../../../core/vrrp/mod.ts";
import { inNamespace } from "../namespace.ts";
import { type DirectorName, printLine, SLACK_MS, VIP, type VipClient, VrrpLan } from "../vrrp_lan.ts";

/** Long enough for the start of two programs within three of them, on a busy machine too. */
const INTERVAL_MS = 5000;

/**
 * An interval for processes that stand still for some of them. A busy machine adds to a time of two or four of them less
 * than half of one. Ten of them are shorter than the time after which the daemon replaces the process.
 */
const SHORT_MS = 800;

function instance(priority: number, intervalMs: number): string {
  return `{ name: edge, vrid: 51, device: eth0, priority: ${priority}, interval: ${intervalMs}ms, vips: [${VIP.ipv4}/24] }`;
}

interface Pair {
  readonly lan: VrrpLan;
  readonly client: VipClient;
  readonly one: BackgroundProcess;
  readonly two: BackgroundProcess;
}

/** Two directors of which the first is active, and a client. */
async function startPair(lan: VrrpLan, intervalMs: number, priority: number): Promise<Pair> {
  const one = await lan.startLvsctl("one", instance(priority, intervalMs));
  await lan.untilHolder("one", { withinMs: 4 * intervalMs + SLACK_MS, state: () => one.stderr });
  const two = await lan.startLvsctl("two", instance(100, intervalMs));
  const client = await lan.ask(VIP.ipv4);
  await lan.untilAnswer(client, "one");
  return { lan, client, one, two };
}

async function untilActive({ lan, client, one, two }: Pair, name: DirectorName, intervalMs: number): Promise<void> {
  await lan.untilHolder(name, { withinMs: 4 * intervalMs + SLACK_MS, state: () => one.stderr + two.stderr });
  await lan.untilAnswer(client, name);
}

/** The process of the virtual routers of a daemon. */
async function speakerOf(daemon: BackgroundProcess): Promise<number> {
  const children = await Deno.readTextFile(`/proc/${daemon.pid}/task/${daemon.pid}/children`);
  return Number(children.trim().split(" ")[0]);
}

function sleep(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

/** When the router of a director became active, and how often. */
async function activation(lan: VrrpLan, name: DirectorName): Promise<Readonly<Record<string, unknown>>> {
  const status: unknown = JSON.parse(await lan.lvsctl(name, "vrrp status --json"));
  const { state, since, activations } = fieldsOf(itemsOf(fieldsOf(status)["routers"])[0]);
  return { state, since, activations };
}

Deno.test("a daemon that is killed and starts again within three intervals loses nothing", async () => {
  await using lan = await VrrpLan.create();
  const pair = await startPair(lan, INTERVAL_MS, 255);
  const before = await activation(lan, "one");
  // Its output stays open as long as the process of the routers has it, so that its end is not waited for.
  pair.one.signal("SIGKILL");
  const { code, stderr } = await inNamespace("one", [lvsctlPath(), "vrrp", "cleanup"]);
  assert.equal(code, 1);
  assert.match(stderr, /the process of the virtual routers still runs, and removes its addresses itself/);
  const again = { ...pair, one: await lan.startLvsctl("one", instance(255, INTERVAL_MS), [], /watching/) };
  await until(async () => (await activation(lan, "one"))["state"] === "active", {
    withinMs: SLACK_MS,
    what: "the new daemon knows the state",
    state: () => again.one.stderr,
  });
  assert.deepEqual(await activation(lan, "one"), before);
  assert.deepEqual(await lan.holders(VIP.ipv4), ["one"]);
  assert.deepEqual(pair.client.answers.names, ["one"]);
  printLine(`kill -9 of the daemon and start: ${pair.client.answers.longestGapMs} ms without an answer`);

  again.one.signal("SIGTERM");
  assert.equal(await again.one.finished(), 0, again.one.stderr);
  await untilActive(again, "two", INTERVAL_MS);
});

Deno.test("a daemon that is restarted keeps its addresses for longer than three intervals, and the standby stays one", async () => {
  await using lan = await VrrpLan.create();
  const pair = await startPair(lan, SHORT_MS, 200);
  const before = await activation(lan, "one");
  const speaker = await speakerOf(pair.one);
  pair.one.signal("SIGUSR2");
  // Its output stays open as long as the process of the routers has it.
  await pair.one.untilOutput(/stopped for a restart/);
  await sleep(5 * SHORT_MS);
  const again = { ...pair, one: await lan.startLvsctl("one", instance(200, SHORT_MS), [], /watching/) };
  await until(async () => (await activation(lan, "one"))["state"] === "active", {
    withinMs: SLACK_MS,
    what: "the new daemon knows the state",
    state: () => again.one.stderr,
  });
  assert.deepEqual(await activation(lan, "one"), before);
  assert.deepEqual(await lan.holders(VIP.ipv4), ["one"]);
  assert.deepEqual(pair.client.answers.names, ["one"]);
  assert.doesNotMatch(pair.two.stderr, /is active/);
  assert.doesNotMatch(again.one.stderr, /is active|is backup/, "the former daemon has reported it");
  await Deno.stat(`/proc/${speaker}`);
  printLine(`restart of the daemon: ${pair.client.answers.longestGapMs} ms without an answer`);

  again.one.signal("SIGTERM");
  assert.equal(await again.one.finished(), 0, again.one.stderr);
  await untilActive(again, "two", SHORT_MS);
});

Deno.test("a daemon replaces the process of another version without a pause, and the standby stays one", async () => {
  await using lan = await VrrpLan.create();
  const text = `version: 1\nvrrp:\n  - ${instance(200, SHORT_MS)}\nservices: []\n`;
  const settings = routersOf(await parseConfig(text, { file: "former.yaml" }));
  const commands = [{ kind: "configure", settings }, { kind: "hold", forMs: 60_000 }].map((each) =>
    JSON.stringify(each)
  );
  const script = 'one=$1 two=$2; shift 2; printf "%s\\n%s\\n" "$one" "$two" | "$@"';
  const former = lan.start("one", [
    "/bin/sh",
    "-c",
    script,
    "sh",
    ...commands,
    ...denoProgram("vrrp_old_speaker.ts", {}),
  ]);
  const state = (): string => former.stdout + former.stderr;
  await lan.untilHolder("one", { withinMs: 20_000, state });
  const two = await lan.startLvsctl("two", instance(100, SHORT_MS));
  const client = await lan.ask(VIP.ipv4);
  await lan.untilAnswer(client, "one");

  const one = await lan.startLvsctl("one", instance(200, SHORT_MS), [], /watching/);
  assert.equal(await former.finished(), 0, state());
  await until(async () => (await activation(lan, "one"))["state"] === "active", {
    withinMs: SLACK_MS,
    what: "the new daemon knows the state",
    state: () => one.stderr,
  });
  assert.deepEqual((await activation(lan, "one"))["activations"], 1);
  assert.deepEqual(await lan.holders(VIP.ipv4), ["one"]);
  assert.deepEqual(client.answers.names, ["one"]);
  assert.doesNotMatch(two.stderr, /is active|has stopped/);
  assert.doesNotMatch(one.stderr, /is active|is backup|added again/);
});

Deno.test("a director whose process stands still is replaced after three intervals, and both are never active for long", async () => {
  await using lan = await VrrpLan.create();
  const pair = await startPair(lan, SHORT_MS, 200);
  const speaker = await speakerOf(pair.one);
  for (const intervals of [2, 4, 10]) {
    const before = pair.two.stderr.length;
    Deno.kill(speaker, "SIGSTOP");
    await sleep(intervals * SHORT_MS);
    Deno.kill(speaker, "SIGCONT");
    await untilActive(pair, "one", SHORT_MS);
    assert.equal(/is active/.test(pair.two.stderr.slice(before)), intervals > 3, `${intervals} intervals`);
  }
  assert.doesNotMatch(pair.one.stderr, /has ended|does not answer/);
});
