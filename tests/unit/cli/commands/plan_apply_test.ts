import assert from "node:assert/strict";
import { lockTable } from "../../../../cli/table/table_lock.ts";
import { EXIT, interruption } from "../../../../core/errors/mod.ts";
import { formatServerId } from "../../../../core/model/mod.ts";
import { type CommandLineOptions, lvsctl, type Printed } from "../../../support/command_line.ts";
import { reasonsOf } from "../../../support/refusal.ts";
import { FakeClock } from "../../../support/fake_clock.ts";
import { NO_TRAFFIC } from "../../../support/kernel/traffic.ts";
import { memoryKernel, stateOf } from "../../../support/kernel_state.ts";
import type { MemoryKernel } from "../../../support/memory_kernel.ts";
import { MemoryRoutes } from "../../../support/memory_routes.ts";
import { realServer, serviceEntry, serviceId } from "../../../support/samples.ts";
import type { Directories } from "../../../../cli/state/directories.ts";

const WEB = "tcp://192.0.2.10:80";

/** Edits one server, adds one, deletes one. */
const FILE = `version: 1
services:
  - listen: ${WEB}
    scheduler: rr
    servers: [{ address: 10.0.0.11:80, weight: 3 }, 10.0.0.13:80]
`;

/** The table that {@linkcode FILE} is for, and a service that it does not name. */
function kernelBefore(): MemoryKernel {
  return memoryKernel({
    services: [serviceEntry(WEB, "10.0.0.11:80", "10.0.0.12:80"), serviceEntry("fwmark:1", "10.0.0.1:0")],
  });
}

const STEPS = [
  `~ edit real server 10.0.0.11:80 of ${WEB}: weight 1 -> 3`,
  `+ add real server 10.0.0.13:80 of ${WEB}: nat, weight 1`,
  `~ edit real server 10.0.0.12:80 of ${WEB}: weight 1 -> 0`,
  `- delete real server 10.0.0.12:80 of ${WEB}`,
];

const AFTER = [
  { ...serviceEntry(WEB), servers: [realServer("10.0.0.11:80", { weight: 3 }), realServer("10.0.0.13:80")] },
  serviceEntry("fwmark:1", "10.0.0.1:0"),
];

function tableOf(kernel: MemoryKernel): unknown {
  using client = kernel.openClient();
  return stateOf(client).services;
}

/** A machine with a kernel, a file and directories of its own. */
interface Machine extends Disposable {
  readonly kernel: MemoryKernel;
  readonly directories: Directories;
  run(line: string, options?: CommandLineOptions): Promise<Printed>;
}

function machine(kernel: MemoryKernel = kernelBefore()): Machine {
  const root = Deno.makeTempDirSync();
  const directories = { run: `${root}/run`, state: `${root}/state` };
  return {
    kernel,
    directories,
    run: (line, options = {}) => lvsctl(line, { kernel, stdin: FILE, directories, ...options }),
    [Symbol.dispose]: () => Deno.removeSync(root, { recursive: true }),
  };
}

function stateIn(out: string): string {
  return /^State of the kernel: ([0-9a-f]{16})$/m.exec(out)?.[1] ?? assert.fail(out);
}

Deno.test("plan shows the steps in their order and changes nothing", async () => {
  using here = machine();
  const before = tableOf(here.kernel);
  const { code, out, err } = await here.run("plan -");
  assert.deepEqual([code, err], [EXIT.ok, ""]);
  assert.deepEqual(out.split("\n").slice(0, 5), [...STEPS, "1 to add, 2 to edit, 1 to delete"]);
  assert.match(stateIn(out), /^[0-9a-f]{16}$/);
  assert.deepEqual(tableOf(here.kernel), before);
  assert.throws(() => Deno.statSync(here.directories.run), Deno.errors.NotFound);
});

Deno.test("plan finds nothing to change in what save has just written, in either format", async () => {
  using here = machine();
  for (const command of ["save", "save --format rules"]) {
    const saved = await here.run(command);
    assert.deepEqual([saved.code, saved.err], [EXIT.ok, ""]);
    for (const line of ["plan - --prune --exit-code", "apply - --prune"]) {
      const { code, out } = await here.run(line, { stdin: saved.out });
      assert.equal(code, EXIT.ok);
      assert.match(out, /^Nothing to change\n/);
    }
  }
});

Deno.test("plan has a status of its own for differences, if it is asked for", async () => {
  using here = machine();
  assert.equal((await here.run("plan - --exit-code")).code, EXIT.differs);
  assert.equal((await here.run("apply -")).code, EXIT.ok);
  const { code, out } = await here.run("plan - --exit-code");
  assert.equal(code, EXIT.ok);
  assert.match(out, /^Nothing to change\nState of the kernel: [0-9a-f]{16}\n$/);
});

Deno.test("plan as JSON has this form", async () => {
  using here = machine(memoryKernel({ services: [serviceEntry(WEB, "10.0.0.11:80", "10.0.0.13:80")] }));
  const { out } = await here.run("plan - --json");
  const plan = JSON.parse(out);
  assert.match(plan.state, /^[0-9a-f]{16}$/);
  assert.deepEqual(plan, {
    version: 2,
    dry_run: true,
    changed: false,
    state: plan.state,
    summary: { add: 0, edit: 1, delete: 0 },
    changes: [{
      operation: "editServer",
      description: `edit real server 10.0.0.11:80 of ${WEB}`,
      object: `10.0.0.11:80 of ${WEB}`,
      service: WEB,
      server: "10.0.0.11:80",
      sets: {
        server: "10.0.0.11:80",
        address: "10.0.0.11",
        port: 80,
        family: "ipv4",
        forward: "nat",
        weight: 3,
        upper_threshold: 0,
        lower_threshold: 0,
        tunnel: null,
      },
      differences: [{ path: `${WEB}/10.0.0.11:80/weight`, current: 1, wanted: 3 }],
    }],
  });
});

Deno.test("apply makes what plan shows, tells it, and has nothing to do the second time", async () => {
  using here = machine();
  const planned = await here.run("plan -");
  const applied = await here.run("apply -");
  assert.deepEqual([applied.code, applied.err], [EXIT.ok, ""]);
  assert.equal(planned.out.replace(/^State.*\n/m, ""), applied.out);
  assert.deepEqual(tableOf(here.kernel), AFTER);
  assert.deepEqual(await here.run("apply -"), { code: 0, out: "Nothing to change\n", err: "" });
});

Deno.test("apply takes the options of plan, and both leave the same to do", async () => {
  for (
    const [options, expected] of [
      ["--prune", [...STEPS, "- delete virtual service fwmark:1"]],
      ["--keep-weights", STEPS.slice(1)],
      ["--only add", STEPS.slice(1, 2)],
      ["--only edit,delete-service --prune", [STEPS[0], "- delete virtual service fwmark:1"]],
      ["--drain 0s", [STEPS[0], STEPS[1], STEPS[3]]],
    ] as const
  ) {
    using here = machine();
    for (const command of ["plan", "apply --dry-run", "apply --yes"]) {
      const { out } = await here.run(`${command} - ${options}`);
      assert.deepEqual(out.split("\n").filter((line) => /^[-+~]/.test(line)), expected, `${command} ${options}`);
    }
    assert.match((await here.run(`plan - ${options}`)).out, /^Nothing to change/);
  }
});

Deno.test("apply asks on a terminal, takes no for an answer, and is not asked with --yes", async () => {
  using here = machine();
  const before = tableOf(here.kernel);
  const refused = await here.run("apply -", { answer: false });
  assert.deepEqual([refused.code, refused.out], [EXIT.ok, ""]);
  assert.deepEqual(refused.err.split("\n").slice(0, 4), STEPS);
  assert.match(refused.err, /\nlvsctl: nothing was changed\n$/);
  assert.deepEqual(tableOf(here.kernel), before);
  assert.equal((await here.run("apply - --yes --json", { answer: false })).code, EXIT.ok);
  assert.deepEqual(tableOf(here.kernel), AFTER);
  using other = machine();
  await other.run("apply -", { answer: true });
  assert.deepEqual(tableOf(other.kernel), AFTER);
});

/** Deletes the service that {@linkcode FILE} does not name. */
const TAKING: readonly string[] = ["apply - --prune", "restore -", "undo"];

Deno.test("apply, restore and undo that take a service away change nothing without a terminal or --yes", async () => {
  for (const line of TAKING) {
    using here = machine();
    if (line === "undo") {
      await here.run("apply -", { stdin: `version: 1\nservices: [{ listen: "fwmark:9" }]\n` });
    }
    const before = tableOf(here.kernel);
    const { code, out, err } = await here.run(line);
    assert.deepEqual([code, out], [EXIT.usage, ""]);
    const gone = line === "undo" ? "fwmark:9" : "fwmark:1";
    assert.match(err, new RegExp(`: it deletes virtual service ${gone}, .*; add --yes to do it\n$`), line);
    assert.deepEqual(tableOf(here.kernel), before);
    const history = JSON.parse((await here.run("history --json")).out).entries;
    assert.equal(history.length, line === "undo" ? 1 : 0);
    assert.equal((await here.run(`${line} --yes`)).code, EXIT.ok);
    assert.notDeepEqual(tableOf(here.kernel), before);
  }
});

Deno.test("apply, restore and undo ask on a terminal, show the plan there, and print only JSON on standard output", async () => {
  for (const line of TAKING) {
    using here = machine();
    if (line === "undo") await here.run("apply - --prune --yes");
    const before = tableOf(here.kernel);
    const refused = await here.run(`${line} --json`, { answer: false });
    assert.deepEqual([refused.code, refused.out], [EXIT.ok, ""]);
    assert.match(refused.err, /^[-+~] [^]*\d to delete\nMake these \d changes\?\nlvsctl: nothing was changed\n$/, line);
    assert.deepEqual(tableOf(here.kernel), before);
    const done = await here.run(`${line} --json`, { answer: true });
    assert.equal(done.code, EXIT.ok);
    assert.ok(JSON.parse(done.out).changes.length > 1);
    assert.notDeepEqual(tableOf(here.kernel), before);
  }
});

Deno.test("apply and restore that only add and edit need no consent without a terminal, and ask on one", async () => {
  const stdin = FILE.replace("]\n", ", 10.0.0.12:80]\n  - { listen: fwmark:1, scheduler: rr, servers: [10.0.0.1] }\n");
  for (const line of ["apply -", "restore -"]) {
    using here = machine();
    const before = tableOf(here.kernel);
    const { err } = await here.run(line, { stdin, answer: false });
    assert.match(err, /\nMake these 2 changes\?\n/);
    assert.deepEqual(tableOf(here.kernel), before);
    const { code, out } = await here.run(line, { stdin });
    assert.equal(code, EXIT.ok);
    assert.match(out, /^~ edit [^]*\n1 to add, 1 to edit, 0 to delete\n$/);
    assert.notDeepEqual(tableOf(here.kernel), before);
    assert.deepEqual(await here.run(line, { stdin, answer: false }), { code: 0, out: "Nothing to change\n", err: "" });
  }
});

Deno.test("apply asks about a single change in the singular", async () => {
  using here = machine();
  const stdin = `version: 1\nservices: [{ listen: "fwmark:9" }]\n`;
  assert.match((await here.run("apply -", { stdin, answer: false })).err, /\nMake this change\?\n/);
});

Deno.test("apply --if-unchanged applies only to the state that was planned against", async () => {
  using here = machine();
  const state = stateIn((await here.run("plan -")).out);
  using client = here.kernel.openClient();
  client.editServer(serviceId(WEB), realServer("10.0.0.12:80", { weight: 9 }));
  const before = tableOf(here.kernel);
  const { code, err } = await here.run(`apply - --if-unchanged ${state}`);
  assert.equal(code, EXIT.refused);
  assert.match(
    err,
    /^lvsctl: Cannot apply the plan: the table has changed since the plan was made: its state is [0-9a-f]{16}, not .*; nothing was changed; plan again\n$/,
  );
  assert.deepEqual(tableOf(here.kernel), before);
  // A service that the file does not name is none of its business.
  const again = stateIn((await here.run("plan -")).out);
  client.addServer(serviceId("fwmark:1"), realServer("10.0.0.9:0"));
  assert.equal((await here.run(`apply - --if-unchanged ${again}`)).code, EXIT.ok);
});

Deno.test("apply --if-unchanged succeeds again once the kernel is what the file says, but its dry run tells the change", async () => {
  using here = machine();
  const line = `apply - --if-unchanged ${stateIn((await here.run("plan -")).out)}`;
  assert.equal((await here.run(line)).code, EXIT.ok);
  const again = await here.run(line);
  assert.deepEqual([again.code, again.err], [EXIT.ok, ""]);
  assert.match(again.out, /^Nothing to change\n/);
  assert.equal((await here.run(`${line} --dry-run`)).code, EXIT.refused);
});

Deno.test("apply announces a VIP that it edits, since the kernel loses the address for a moment", async () => {
  const routes = new MemoryRoutes();
  using here = machine(memoryKernel({}));
  const file = (prefix: number): string => `version: 1\nvips: [{ address: 192.0.2.1/${prefix}, device: eth0 }]\n`;
  await here.run("apply - --force", { routes, stdin: file(32) });
  const before = routes.frames.length;
  const edited = await here.run("apply -", { routes, stdin: file(24) });
  assert.match(edited.out, /^~ edit VIP 192\.0\.2\.1/);
  // Three times the two forms of an announcement, and no probe: the address is this machine's own.
  assert.equal(routes.frames.length - before, 6);
});

Deno.test("apply adds VIPs before services, and without --prune deletes none", async () => {
  const routes = new MemoryRoutes();
  using here = machine(memoryKernel({}));
  const file = (address: string): string =>
    `version: 1
vips: [{ address: ${address}, device: lo }]
services: [{ listen: "tcp://${address}:80" }]
`;
  await here.run("apply -", { routes, stdin: file("192.0.2.1") });
  const { out } = await here.run("apply -", { routes, stdin: file("192.0.2.2") });
  assert.deepEqual(out.split("\n").slice(0, 2), [
    "+ add VIP 192.0.2.2/32 on lo",
    "+ add virtual service tcp://192.0.2.2:80: wlc",
  ]);
  const pruned = await here.run("apply - --prune --yes", { routes, stdin: file("192.0.2.2") });
  assert.deepEqual(pruned.out.split("\n").slice(0, 2), [
    "- delete virtual service tcp://192.0.2.1:80",
    "- delete VIP 192.0.2.1/32 on lo",
  ]);
  // And undoing brings back what it deleted, whatever was added meanwhile.
  await here.run("vip add 192.0.2.9 --device lo", { routes });
  const undone = await here.run("undo", { routes });
  assert.deepEqual(undone.out.split("\n").slice(0, 2), [
    "+ add VIP 192.0.2.1/32 on lo",
    "+ add virtual service tcp://192.0.2.1:80: wlc",
  ]);
  using vips = routes.openClient();
  assert.deepEqual(vips.vips().filter(({ owned }) => owned).map(({ address }) => address).sort(), [
    "192.0.2.1",
    "192.0.2.2",
    "192.0.2.9",
  ]);
});

Deno.test("apply and the others are refused while another lvsctl has the table, and name it", async () => {
  using here = machine();
  const before = tableOf(here.kernel);
  const lock = lockTable({
    directory: here.directories.run,
    purpose: "apply other.yaml",
    timeoutMs: 0,
    onUnusable: (reason) => assert.fail(reason),
  });
  for (const line of ["apply -", "restore -"]) {
    const { code, out, err } = await here.run(`${line} --lock-timeout 30ms`);
    assert.deepEqual([code, out], [EXIT.refused, ""]);
    assert.equal(
      err,
      `lvsctl: Cannot lock the table: another lvsctl, process ${Deno.pid} ("apply other.yaml"), is changing it ` +
        "(EWOULDBLOCK); it did not finish within 30ms; try again later\n",
    );
  }
  assert.deepEqual(tableOf(here.kernel), before);
  // Who only looks does not wait.
  assert.equal((await here.run("plan -")).code, EXIT.ok);
  assert.equal((await here.run("restore - --dry-run")).code, EXIT.ok);
  lock[Symbol.dispose]();
  assert.equal((await here.run("apply - --lock-timeout 0s")).code, EXIT.ok);
});

Deno.test("where the table cannot be locked, that is a warning", async () => {
  using here = machine();
  Deno.writeTextFileSync(`${here.directories.run}`, "a file where a directory should be");
  const { code, err } = await here.run("apply -");
  assert.equal(code, EXIT.ok);
  assert.match(
    err,
    /^lvsctl: warning: Cannot lock the table with .*\(ENOTDIR\); another lvsctl may change the table at the same time\n$/,
  );
  assert.deepEqual(tableOf(here.kernel), AFTER);
});

Deno.test("where the journal cannot be written, that is a warning, and nothing else changes", async () => {
  using here = machine();
  Deno.writeTextFileSync(`${here.directories.state}`, "a file where a directory should be");
  for (const line of ["apply -", "service add fwmark:9", "flush --yes"]) {
    const { code, err } = await here.run(line);
    assert.equal(code, EXIT.ok);
    assert.match(err, /^lvsctl: warning: Cannot write the journal in .*\(ENOTDIR\); [^\n]*\n$/);
  }
  assert.deepEqual(tableOf(here.kernel), []);
});

Deno.test("history tells who changed what, by which command, and how it ended", async () => {
  using here = machine();
  assert.deepEqual(await here.run("history"), { code: 0, out: "No changes are recorded\n", err: "" });
  await here.run("service add fwmark:7");
  await here.run("service add fwmark:7");
  await here.run("apply - --yes");
  await here.run("apply - --yes");
  const { out } = await here.run("history --json");
  const entries: readonly Record<string, unknown>[] = JSON.parse(out).entries;
  assert.deepEqual(
    entries.map(({ command, operation, outcome, step_count: count }) => [command, operation, outcome, count]),
    [
      [["service", "add", "fwmark:7"], "change", "done", 1],
      [["apply", "-", "--yes"], "apply", "done", 4],
    ],
  );
  const [, apply] = entries;
  assert.deepEqual([apply?.["pid"], apply?.["uid"], apply?.["parent_pid"]], [Deno.pid, Deno.uid(), Deno.ppid]);
  assert.deepEqual(apply?.["steps"], STEPS.map((step) => step.slice(2).replace(/: .*/, "")));
  const lines = (await here.run("history -n 1")).out.trimEnd().split("\n");
  assert.match(lines[0] ?? "", /^ID +TIME +USER +STEPS +RESULT +COMMAND$/);
  assert.match(lines[1] ?? "", /^\w+-\w+ +20\d\d-\d\d-\d\dT[\d:]+Z +.+ +4 +done +lvsctl apply - --yes$/);
  assert.equal(lines.length, 2);
});

Deno.test("history tells that an apply failed and was undone, and there is nothing to undo then", async () => {
  using here = machine();
  const EINVAL = 22;
  here.kernel.faults.failChange(2, EINVAL);
  assert.equal((await here.run("apply -")).code, EXIT.refused);
  here.kernel.faults.clear();
  const [entry] = JSON.parse((await here.run("history --json")).out).entries;
  assert.deepEqual([entry.outcome, entry.undoable], ["undone", false]);
  assert.match(entry.message, /the table is as it was before$/);
  assert.deepEqual([...Deno.readDirSync(`${here.directories.state}/undo`)], []);
  const { code, err } = await here.run("undo");
  assert.equal(code, EXIT.refused);
  assert.match(err, /^lvsctl: there is no apply, restore or batch to undo; /);
});

Deno.test("undo goes back to before the last apply or restore, and then to before the one before it", async () => {
  using here = machine();
  const first = tableOf(here.kernel);
  await here.run("apply -");
  const second = tableOf(here.kernel);
  await here.run("restore - --yes", { stdin: "version: 1\nservices: []\n" });
  assert.deepEqual(tableOf(here.kernel), []);
  const dry = await here.run("undo --dry-run --json");
  assert.equal(JSON.parse(dry.out).summary.add, 5);
  assert.deepEqual(tableOf(here.kernel), []);
  assert.equal((await here.run("undo --yes")).code, EXIT.ok);
  assert.deepEqual(tableOf(here.kernel), second);
  assert.equal((await here.run("undo --yes")).code, EXIT.ok);
  assert.deepEqual(tableOf(here.kernel), first);
  assert.match((await here.run("undo --yes")).err, /there is no apply, restore or batch to undo/);
  assert.match((await here.run("history")).out, /done, undone later +lvsctl apply -\n/);
});

Deno.test("undo refuses where others have changed the same since, unless it is forced", async () => {
  using here = machine();
  const first = tableOf(here.kernel);
  await here.run("apply -");
  await here.run(`server edit ${WEB} 10.0.0.13:80 --weight 9`);
  const changed = tableOf(here.kernel);
  const { code, err } = await here.run("undo");
  assert.equal(code, EXIT.refused);
  assert.match(
    err,
    /^lvsctl: Cannot undo lvsctl apply - of 20\S+Z: the table has been changed since: tcp:\/\/192\.0\.2\.10:80: changed; "lvsctl undo --dry-run --force" shows .*\n$/,
  );
  assert.deepEqual(tableOf(here.kernel), changed);
  assert.equal((await here.run("undo --force")).code, EXIT.ok);
  assert.deepEqual(tableOf(here.kernel), first);
});

Deno.test("undo leaves alone what others changed elsewhere", async () => {
  using here = machine();
  await here.run("apply -");
  await here.run("server add fwmark:1 10.0.0.9");
  await here.run("service add fwmark:5");
  assert.equal((await here.run("undo")).code, EXIT.ok);
  assert.deepEqual(tableOf(here.kernel), [
    serviceEntry(WEB, "10.0.0.11:80", "10.0.0.12:80"),
    { ...serviceEntry("fwmark:1"), servers: [realServer("10.0.0.1:0"), realServer("10.0.0.9:0")] },
    { ...serviceEntry("fwmark:5"), service: { ...serviceEntry("fwmark:5").service, scheduler: "wlc" } },
  ]);
});

/** Leaves the machine as a kill halfway through an apply does: its entry has no end, and one server is as before. */
async function killApply(here: Machine): Promise<void> {
  await here.run("apply -");
  const path = `${here.directories.state}/journal.jsonl`;
  const lines = Deno.readTextFileSync(path).trimEnd().split("\n");
  assert.match(lines.at(-2) ?? "", /"outcome":"begun"/);
  Deno.writeTextFileSync(path, lines.slice(0, -1).map((line) => `${line}\n`).join(""));
  using client = here.kernel.openClient();
  client.editServer(serviceId(WEB), realServer("10.0.0.11:80", { weight: 1 }));
}

Deno.test("undo of an apply that was killed restores the state before it", async () => {
  using here = machine();
  const first = tableOf(here.kernel);
  await killApply(here);
  assert.notDeepEqual(tableOf(here.kernel), first);
  const { code, err } = await here.run("undo");
  assert.deepEqual([code, err], [EXIT.ok, ""]);
  assert.deepEqual(tableOf(here.kernel), first);
  assert.match((await here.run("history")).out, /unfinished, undone later +lvsctl apply -\n.* done +lvsctl undo\n$/);
  assert.match((await here.run("undo")).err, /there is no apply, restore or batch to undo/);
});

Deno.test("undo of an apply that was killed refuses if lvsctl has changed the table since, and names the command", async () => {
  using here = machine();
  const first = tableOf(here.kernel);
  await killApply(here);
  await here.run(`server edit ${WEB} 10.0.0.13:80 --weight 9`);
  const changed = tableOf(here.kernel);
  const { code, err } = await here.run("undo");
  assert.equal(code, EXIT.refused);
  assert.match(
    err,
    /^lvsctl: Cannot undo lvsctl apply - of 20\S+Z: it did not finish, and lvsctl server edit \S+ 10\.0\.0\.13:80 --weight 9 of 20\S+Z may have changed the same since; "lvsctl undo --dry-run --force" shows .*\n$/,
  );
  assert.deepEqual(tableOf(here.kernel), changed);
  assert.equal((await here.run("undo --force")).code, EXIT.ok);
  assert.deepEqual(tableOf(here.kernel), first);
});

Deno.test("the next command after an apply that was killed warns and names the ways out, once", async () => {
  for (const line of ["apply -", "server edit fwmark:1 10.0.0.1 --weight 5", "restore - --yes"]) {
    using here = machine();
    await killApply(here);
    const { code, err } = await here.run(line);
    assert.equal(code, EXIT.ok);
    assert.match(
      err,
      /^lvsctl: warning: lvsctl apply - of 20\S+Z was killed before it ended, and the table may have some of its changes; run it again to complete it, or run "lvsctl undo" to restore the state before it\n$/,
    );
    assert.deepEqual(await here.run("service add fwmark:9"), { code: EXIT.ok, out: "", err: "" });
  }
});

Deno.test("history explains an entry that did not finish, and no other", async () => {
  using here = machine();
  await killApply(here);
  const { out } = await here.run("history");
  assert.match(
    out,
    / unfinished +lvsctl apply -\n\nunfinished: the command is still running, or was killed [^]*"lvsctl undo" to restore [^]*\n$/,
  );
  await here.run("undo");
  assert.doesNotMatch((await here.run("history")).out, /unfinished:/);
});

Deno.test("apply waits for the connections of a server that goes, for as long as it is given", async () => {
  using here = machine();
  const { kernel } = here;
  const clock = new FakeClock();
  kernel.setTraffic(NO_TRAFFIC, [1, 0, 0]);
  for (const [line, waitMs] of [["apply - --drain 20s", 20_000], ["apply -", 3000]] as const) {
    const applying = here.run(line, { clock });
    // Loading a command takes turns of the event loop that a fake clock does not give.
    while (clock.pending === 0) await new Promise((resolve) => setTimeout(resolve, 0));
    await clock.advance(waitMs - 1000);
    assert.match(weights(kernel), /10\.0\.0\.12:80 0/);
    if (waitMs === 3000) kernel.setTraffic(NO_TRAFFIC, [0, 5, 5]);
    await clock.advance(1000);
    assert.equal((await applying).code, EXIT.ok);
    assert.deepEqual(tableOf(kernel), AFTER);
    await here.run("undo --drain 0s");
    kernel.setTraffic(NO_TRAFFIC, [1, 0, 0]);
  }
});

function weights(kernel: MemoryKernel): string {
  using client = kernel.openClient();
  return client.servers(serviceId(WEB)).map((server) => `${formatServerId(server)} ${server.weight}`).join();
}

Deno.test("apply that a signal interrupts while it waits undoes everything", async () => {
  using here = machine();
  here.kernel.setTraffic(NO_TRAFFIC, [1, 0, 0]);
  const before = tableOf(here.kernel);
  const clock = new FakeClock();
  const controller = new AbortController();
  const applying = here.run("apply -", { clock, interrupted: controller.signal });
  while (clock.pending === 0) await new Promise((resolve) => setTimeout(resolve, 0));
  assert.notDeepEqual(tableOf(here.kernel), before);
  controller.abort(interruption("SIGTERM"));
  const { code, err } = await applying;
  assert.equal(code, EXIT.terminated);
  assert.equal(
    err,
    "lvsctl: Cannot wait for connections to end: a signal interrupted it; the table is as it was before\n",
  );
  assert.deepEqual(tableOf(here.kernel), before);
});

Deno.test("apply, restore and undo that a signal interrupts after any change leave the table as before", async () => {
  const services = Array.from(
    { length: 300 },
    (_, index) => `  - { listen: "fwmark:${index + 1}", servers: [10.0.0.1] }`,
  );
  const file = `version: 1\nservices:\n${services.join("\n")}\n`;
  for (const [line, first] of [["apply -", 1], ["restore - --yes", 300], ["undo --yes --drain 0s", 100]] as const) {
    using here = machine();
    if (line.startsWith("undo")) await here.run("apply -", { stdin: file });
    const before = tableOf(here.kernel);
    const controller = new AbortController();
    let changes = 0;
    // The changes of the undoing count too: a signal in the middle of them changes nothing.
    here.kernel.faults.afterChange = () => {
      if (++changes >= first) controller.abort(interruption("SIGINT"));
    };
    const { code, out, err } = await here.run(line, { stdin: file, interrupted: controller.signal });
    assert.deepEqual([code, out], [EXIT.interrupted, ""]);
    assert.equal(err, "lvsctl: Cannot change the table: a signal interrupted it; the table is as it was before\n");
    assert.ok(changes > first, line);
    assert.deepEqual(tableOf(here.kernel), before, line);
    here.kernel.faults.clear();
    const [last] = JSON.parse((await here.run("history -n 1 --json")).out).entries;
    assert.deepEqual([last.outcome, last.undoable], ["undone", false]);
  }
});

const REFUSED: readonly (readonly [string, string])[] = [
  ["plan - --only delte", '"delte" is not a kind of change; use add, edit, delete, add-service'],
  ["apply - --if-unchanged 12", '"12" is not a state; "lvsctl plan" prints it'],
  ["apply - --drain 5", '"5" is not a duration; add a unit, as in 5s'],
  ["restore", "missing required argument 'file'"],
  ["plan /nowhere/file.yaml", "Cannot read /nowhere/file.yaml: No such file or directory (ENOENT)"],
  ["history -n 0", '"0" is not a number from 1 to 1000000'],
  ["restore - --format toml", '"toml" is not one of yaml, rules'],
];

for (const [line, message] of REFUSED) {
  Deno.test(`"lvsctl ${line}" is refused with its reason in one line, without reaching for the kernel`, async () => {
    const { code, out, err } = await lvsctl(line);
    assert.deepEqual([code, out], [EXIT.usage, ""]);
    assert.match(err, /^lvsctl: /);
    assert.equal(reasonsOf(err).length, 1, err);
    assert.ok(err.includes(message), err);
  });
}

Deno.test("plan and apply --rehearse change another kernel, and nothing here", async () => {
  for (const command of ["plan", "apply"]) {
    using here = machine();
    const before = tableOf(here.kernel);
    const printed = await here.run(`${command} - --rehearse`, { stdin: FILE, rehearsal: memoryKernel({}) });
    assert.deepEqual([printed.code, printed.err], [0, ""]);
    assert.match(printed.out, /\nRehearsed \d changes in a network namespace: the kernel accepts them\n$/);
    assert.deepEqual(tableOf(here.kernel), before, command);
  }
});

Deno.test("plan and apply --rehearse print what the kernel refuses, and exit with 1", async () => {
  const file = FILE.replace("scheduler: rr", "scheduler: nope");
  for (const command of ["plan", "apply"]) {
    using here = machine();
    const before = tableOf(here.kernel);
    const text = await here.run(`${command} - --rehearse`, { stdin: file, rehearsal: memoryKernel({}) });
    assert.equal(text.code, EXIT.refused);
    assert.match(text.out, /\nCannot edit virtual service .*: the kernel has no scheduler "nope" \(ENOENT\)/);
    assert.match(text.out, /: the kernel refuses 1\n$/);
    const json = await here.run(`${command} - --rehearse --json`, { stdin: file, rehearsal: memoryKernel({}) });
    const { dry_run, rehearsal } = JSON.parse(json.out);
    assert.deepEqual([json.code, dry_run, rehearsal.accepted], [EXIT.refused, true, false]);
    assert.deepEqual(rehearsal.refusals.map(({ errno }: { readonly errno: string }) => errno), ["ENOENT"]);
    assert.deepEqual(tableOf(here.kernel), before, command);
  }
});
