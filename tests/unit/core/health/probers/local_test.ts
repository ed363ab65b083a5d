import assert from "node:assert/strict";
import { type Check, DEFAULT_TIMING, parseIpAddress, parseServiceId } from "../../../../../core/model/mod.ts";
import { FakeClock } from "../../../../support/fake_clock.ts";
import { closedPort, eventLoopTurns, serveTcp, untilClosed } from "../../../../support/loopback.ts";
import { openProber } from "./real_prober.ts";

const TIMING = { ...DEFAULT_TIMING, intervalMs: 10_000, timeoutMs: 10_000 };
const TARGET = { address: parseIpAddress("192.0.2.1"), port: 80 };

async function say(check: Check, target = TARGET): Promise<string> {
  await using prober = openProber();
  const result = await prober.probe(target, check);
  if (result.ok) return `ok: ${result.detail}${result.weight === undefined ? "" : ` [${result.weight}]`}`;
  return `${result.inconclusive ? "unknown" : "failed"}: ${result.reason}`;
}

function exec(script: string, exitStatus: "health" | "weight" = "health"): Check {
  return { type: "exec", command: ["/bin/sh", "-c", script], environment: [["COLOUR", "blue"]], exitStatus, ...TIMING };
}

const COMMANDS: readonly (readonly [name: string, check: Check, said: string])[] = [
  ["exit status 0 passes", exec("echo fine; echo more"), "ok: exit status 0: fine"],
  ["another exit status fails", exec("echo bad >&2; exit 3"), "failed: exit status 3: bad"],
  ["0 is up without a weight", exec("exit 0", "weight"), "ok: exit status 0"],
  ["1 is down", exec("exit 1", "weight"), "failed: exit status 1"],
  ["2 is the weight 0", exec("exit 2", "weight"), "ok: weight 0 [0]"],
  ["255 is the weight 253", exec("exit 255", "weight"), "ok: weight 253 [253]"],
  ["a signal fails", exec("kill -TERM $$"), "failed: killed by SIGTERM"],
  [
    "the environment is clean, and tells of server and service",
    {
      ...exec('echo "$LVSCTL_SERVER|$LVSCTL_PORT|$LVSCTL_SERVICE|$LVSCTL_SERVICE_PORT|$COLOUR|$HOME"'),
      service: parseServiceId("tcp://192.0.2.9:443"),
    } as Check,
    "ok: exit status 0: 192.0.2.1:80|80|tcp://192.0.2.9:443|443|blue|",
  ],
  [
    "names in the arguments are filled in",
    {
      type: "exec",
      command: ["/bin/echo", "{address}", "{port}", "{nothing}"],
      environment: [],
      exitStatus: "health",
      ...TIMING,
    },
    "ok: exit status 0: 192.0.2.1 80 {nothing}",
  ],
  [
    "a program that is not there says nothing of the server",
    { type: "exec", command: ["/no/such"], environment: [], exitStatus: "health", ...TIMING },
    "unknown: cannot run /no/such: Failed to spawn '/no/such': entity not found",
  ],
  [
    "much output is no trouble",
    exec("head -c 3000000 /dev/zero | tr '\\0' x"),
    `ok: exit status 0: ${"x".repeat(77)}...`,
  ],
];

for (const [name, check, said] of COMMANDS) {
  Deno.test(`exec: ${name}`, async () => {
    assert.equal((await say(check)).replace(/: No such file.*/, ": entity not found"), said);
  });
}

/** Whether a process is there and not just waiting to be buried. */
function lives(pid: number): boolean {
  try {
    return !/^\d+ \(.*\) Z/.test(Deno.readTextFileSync(`/proc/${pid}/stat`));
  } catch {
    return false;
  }
}

for (const [name, script] of [["its children", "sleep 60 & echo $! $$; wait"], ["itself", "echo $$; exec sleep 60"]]) {
  Deno.test(`exec: at the deadline a command is killed with ${name}`, async () => {
    await using prober = openProber();
    const file = await Deno.makeTempFile();
    const clock = new FakeClock();
    const pending = prober.probe(TARGET, exec(`(${script}) >${file}`), { clock });
    let pids: number[] = [];
    while (pids.length < (name === "itself" ? 1 : 2)) {
      await eventLoopTurns(2);
      pids = Deno.readTextFileSync(file).trim().split(/\s+/).filter(Boolean).map(Number);
    }
    assert.ok(pids.every(lives));
    await clock.advance(10_000);
    const began = performance.now();
    const done = pending.then((result) => result);
    // The clock is the test's, and pipes close when everybody has gone.
    for (let turn = 0; turn < 100 && clock.pending > 0; turn++) {
      await eventLoopTurns(1);
      await clock.advance(50);
    }
    const result = await done;
    assert.ok(performance.now() - began < 1000);
    assert.equal(result.ok ? "" : result.reason, "no end of the command within 10s");
    for (let turn = 0; turn < 100 && pids.some(lives); turn++) await eventLoopTurns(2);
    assert.deepEqual(pids.filter(lives), []);
    await Deno.remove(file);
  });
}

Deno.test("file: presence, absence, contents and weights", async () => {
  const path = await Deno.makeTempFile();
  const check = (change: Record<string, unknown>): Check =>
    ({ type: "file", path, condition: "present", ...TIMING, ...change }) as Check;
  assert.equal(await say(check({})), "ok: the file exists");
  assert.equal(await say(check({ condition: "absent" })), "failed: the file exists");
  assert.equal(await say(check({ condition: "weight" })), "failed: the file has no weight from 0 to 65535");
  await Deno.writeTextFile(path, " 42\n");
  assert.equal(await say(check({ condition: "weight" })), "ok: weight 42 [42]");
  assert.equal(await say(check({ expect: { text: "43" } })), 'failed: file does not contain "43"');
  await Deno.writeTextFile(path, "0");
  assert.equal(await say(check({ condition: "weight" })), "failed: the file has weight 0");
  await Deno.remove(path);
  assert.equal(await say(check({})), "failed: no such file");
  assert.equal(await say(check({ condition: "absent" })), "ok: no such file");
  assert.equal(await say(check({ path: "/dev/zero" })), "failed: no such file");
  assert.equal(await say(check({ path: `${path}/below`, condition: "absent" })), "ok: no such file");
});

const UP = { type: "exec", command: ["/bin/true"], environment: [], exitStatus: "health" } as const;
const DOWN = { type: "exec", command: ["/bin/false"], environment: [], exitStatus: "health" } as const;
const UNKNOWN = { type: "exec", command: ["/no/such"], environment: [], exitStatus: "health" } as const;
const HANGING = { type: "exec", command: ["/bin/sleep", "60"], environment: [], exitStatus: "health" } as const;

const COMPOSITES: readonly (readonly [name: string, check: Check, said: RegExp])[] = [
  [
    "all_of passes when all do",
    { type: "all_of", checks: [UP, UP], needed: 2, ...TIMING },
    /^ok: exec: exit status 0; exec: exit status 0$/,
  ],
  [
    "all_of fails with the first",
    { type: "all_of", checks: [HANGING, DOWN], needed: 2, ...TIMING },
    /^failed: 0 of 2 passed, expected 2: exec: exit status 1$/,
  ],
  [
    "any_of passes with the first",
    { type: "any_of", checks: [HANGING, UP], needed: 1, ...TIMING },
    /^ok: exec: exit status 0$/,
  ],
  [
    "any_of fails when all do",
    { type: "any_of", checks: [DOWN, DOWN], needed: 1, ...TIMING },
    /^failed: 0 of 2 passed, expected 1: /,
  ],
  ["k_of passes with enough", { type: "k_of", checks: [DOWN, UP, UP], needed: 2, ...TIMING }, /^ok: /],
  [
    "k_of fails with too few",
    { type: "k_of", checks: [DOWN, DOWN, UP], needed: 2, ...TIMING },
    /^failed: [01] of 3 passed, expected 2: /,
  ],
  [
    "what is not known may have made the difference",
    { type: "all_of", checks: [UP, UNKNOWN], needed: 2, ...TIMING },
    /^unknown: 1 of 2 passed/,
  ],
  [
    "what is not known makes no difference",
    { type: "all_of", checks: [DOWN, UNKNOWN], needed: 2, ...TIMING },
    /^failed: 0 of 2 passed/,
  ],
];

for (const [name, check, said] of COMPOSITES) {
  Deno.test(`composite: ${name}`, async () => assert.match(await say(check), said));
}

Deno.test("composite: parts have addresses, ports and ways of their own", async () => {
  await using one = serveTcp(untilClosed);
  await using other = serveTcp(untilClosed);
  const closed = closedPort();
  const check: Check = {
    type: "k_of",
    needed: 2,
    source: parseIpAddress("127.0.0.1"),
    checks: [{ type: "tcp" }, { type: "tcp", port: other.target.port }, { type: "tcp", port: closed.port }],
    ...TIMING,
  };
  assert.equal(await say(check, one.target), "ok: tcp: connected; tcp: connected");
});
