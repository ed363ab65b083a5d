import assert from "node:assert/strict";
import { sendByExec } from "../../../../../core/notify/ways/exec.ts";
import type { Message } from "../../../../../core/notify/message.ts";
import { FakeClock } from "../../../../support/fake_clock.ts";
import { eventLoopTurns } from "../../../../support/loopback.ts";
import { event, exec, messages, realSurroundings, stateEvent } from "../../../../support/notifications.ts";
import type { Delivery } from "../../../../../core/notify/delivery.ts";

const SERVER = "10.0.0.1:80";
const A = "tcp://192.0.2.10:80";
const B = "udp://192.0.2.11:53";

/** Runs a shell script for messages; `$OUT` is a file whose lines are given back. */
async function run(
  script: readonly string[],
  all: readonly Message[],
): Promise<{ readonly lines: readonly string[]; readonly delivery: Delivery }> {
  const file = await Deno.makeTempFile();
  await using context = realSurroundings();
  const [text = "", ...args] = script;
  const command = ["/bin/sh", "-c", `exec >>${file}; ${text}`, "sh", ...args];
  const { signal } = new AbortController();
  const delivery = await sendByExec(
    { notification: exec(command), messages: all, dropped: 0 },
    context,
    { signal },
  );
  const lines = Deno.readTextFileSync(file).split("\n").slice(0, -1);
  await Deno.remove(file);
  return { lines, delivery };
}

Deno.test("exec: the command gets all values in its arguments and its clean environment", async () => {
  const words = [
    "{event}",
    "{service}",
    "{name}",
    "{server}",
    "{address}",
    "{port}",
    "{state}",
    "{reason}",
    "{weight}",
  ];
  const variables = "$LVSCTL_EVENT|$LVSCTL_NAME|$LVSCTL_SERVICE_PORT|$LVSCTL_REPEATED|$LVSCTL_TIME|$HOME";
  const { lines, delivery } = await run(
    [`for word; do echo "$word"; done; echo "${variables}"`, ...words, "{nothing} {toString}"],
    messages(event("server_up", { name: "web", server: SERVER, reason: "status $(id)`id`", weight: 5 })),
  );
  assert.deepEqual(delivery, { ok: true });
  assert.deepEqual(lines, [
    "server_up",
    A,
    "web",
    SERVER,
    "10.0.0.1",
    "80",
    "up",
    "status $(id)`id`",
    "5",
    "{nothing} {toString}",
    "server_up|web|80|0|2026-11-03T04:05:06.000Z|",
  ]);
});

Deno.test("exec: an event without a server, and a server that is not in the table, leave the words empty", async () => {
  const { lines } = await run(
    ['echo "$LVSCTL_STATE [$1] [$2]"', "{server}", "{weight}"],
    messages(event("quorum_down"), event("server_down", { server: SERVER })),
  );
  assert.deepEqual([...lines].sort(), [`down [${SERVER}] []`, "down [] []"]);
});

Deno.test("exec: a command that is the same for several services runs once, with all of them", async () => {
  const all = messages(
    event("server_down", { service: A, name: "web", server: SERVER }),
    event("server_down", { service: B, server: SERVER }),
  );
  assert.deepEqual((await run(['echo "$LVSCTL_SERVICE|$LVSCTL_NAME"', "{server}"], all)).lines, [`${A} ${B}|web`]);
  const { lines } = await run(['echo "$1 $LVSCTL_SERVICE_PROTOCOL"', "{service}"], all);
  assert.deepEqual(lines, [`${A} tcp`, `${B} udp`]);
});

Deno.test("exec: commands about one server run in the order of what happened", async () => {
  const events = Array.from(
    { length: 12 },
    (_, index) => event(index % 2 === 0 ? "server_down" : "server_up", { server: SERVER, reason: String(index) }),
  );
  const { lines } = await run(["echo $1", "{reason}"], messages(...events));
  assert.deepEqual(lines, events.map(({ reason }) => reason));
});

Deno.test("exec: failures are reported, and no command runs again", async () => {
  const failed = await run(["echo broken >&2; exit 3"], messages(event("quorum_down")));
  assert.deepEqual(failed.delivery, { ok: false, left: [], reason: "exit status 3: broken" });
  const killed = await run(["kill -TERM $$"], messages(event("quorum_down"), event("quorum_up")));
  assert.deepEqual(killed.delivery, {
    ok: false,
    left: [],
    reason: "killed by SIGTERM; and 1 more commands failed",
  });
  await using context = realSurroundings();
  const missing = await sendByExec(
    { notification: exec(["/no/such"]), messages: messages(event("quorum_down")), dropped: 0 },
    context,
    { signal: new AbortController().signal },
  );
  assert.match(missing.ok ? "" : missing.reason, /^cannot run \/no\/such: /);
});

function lives(pid: number): boolean {
  try {
    return !/^\d+ \(.*\) Z/.test(Deno.readTextFileSync(`/proc/${pid}/stat`));
  } catch {
    return false;
  }
}

Deno.test("exec: a command is killed with its children at the deadline; commands that have not started when it is interrupted are left", async () => {
  const file = await Deno.makeTempFile();
  const clock = new FakeClock();
  await using context = realSurroundings({ clock });
  const all = messages(event("quorum_down"), event("quorum_up"));
  const controller = new AbortController();
  const pending = sendByExec(
    {
      notification: exec(["/bin/sh", "-c", `sleep 60 & echo $! $$ >>${file}; wait`], { timeoutMs: 3000 }),
      messages: all,
      dropped: 0,
    },
    context,
    { signal: controller.signal },
  );
  const pids = async (): Promise<number[]> => {
    await eventLoopTurns(2);
    return Deno.readTextFileSync(file).trim().split(/\s+/).filter(Boolean).map(Number);
  };
  while ((await pids()).length < 2);
  const first = await pids();
  assert.ok(first.every(lives));
  controller.abort();
  let delivery: Delivery | undefined;
  void pending.then((result) => delivery = result);
  for (let turn = 0; turn < 200 && delivery === undefined; turn++) {
    await eventLoopTurns(1);
    await clock.advance(50);
  }
  assert.deepEqual(delivery, { ok: false, left: all.slice(1), reason: "interrupted" });
  for (let turn = 0; turn < 100 && first.some(lives); turn++) await eventLoopTurns(2);
  assert.deepEqual(first.filter(lives), []);
  await Deno.remove(file);
});

Deno.test("exec: the command for a virtual router gets its values in arguments and environment", async () => {
  const { lines, delivery } = await run(
    ['for word; do echo "$word"; done; echo "$LVSCTL_STATE|$LVSCTL_EVENT|$LVSCTL_SUBJECT|$LVSCTL_REASON|$LVSCTL_TIME"']
      .concat(
        ["{name}", "{state}", "{vrid}", "{priority}", "{device}", "{x}"],
      ),
    messages(stateEvent("stop", { subject: "group", name: "site" })),
  );
  assert.deepEqual(delivery, { ok: true });
  assert.deepEqual(lines, [
    ...["site", "stop", "51", "90", "eth0", "{x}"],
    "stop|stop|group|10.0.0.2 has stopped|2026-11-03T04:05:06.000Z",
  ]);
});
