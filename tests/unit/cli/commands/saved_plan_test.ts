import assert from "node:assert/strict";
import fc from "fast-check";
import { systemSurroundings } from "../../../../cli/context/surroundings.ts";
import type { Directories } from "../../../../cli/state/directories.ts";
import { EXIT } from "../../../../core/errors/mod.ts";
import { formatDesiredState } from "../../../../core/config/mod.ts";
import { type CommandLineOptions, lvsctl, type Printed } from "../../../support/command_line.ts";
import { memoryKernel, stateOf } from "../../../support/kernel_state.ts";
import type { MemoryKernel } from "../../../support/memory_kernel.ts";
import { realServer, serviceEntry, serviceId } from "../../../support/samples.ts";

const [WEB, OTHER] = ["tcp://192.0.2.10:80", "fwmark:1"];

const FILE = `version: 1
services:
  - listen: ${WEB}
    scheduler: rr
    servers: [10.0.0.13:80, { address: 10.0.0.11:80, weight: 3 }]
`;

/** A machine with a table, a directory for files, and a journal. */
class Machine implements Disposable {
  readonly kernel: MemoryKernel = memoryKernel({
    services: [serviceEntry(WEB, "10.0.0.11:80", "10.0.0.12:80"), serviceEntry(OTHER, "10.0.0.1:0")],
  });
  readonly root = Deno.makeTempDirSync();
  readonly file = `${this.root}/web.yaml`;
  readonly plan = `${this.root}/web.plan`;
  readonly directories: Directories = { run: `${this.root}/run`, state: `${this.root}/state` };

  constructor(text = FILE) {
    Deno.writeTextFileSync(this.file, text);
  }

  async run(line: string, options: CommandLineOptions = {}): Promise<Printed> {
    return await lvsctl(line, { kernel: this.kernel, directories: this.directories, ...options });
  }

  get table(): unknown {
    using client = this.kernel.openClient();
    return stateOf(client).services;
  }

  [Symbol.dispose](): void {
    Deno.removeSync(this.root, { recursive: true });
  }
}

Deno.test("apply --plan makes exactly the changes that plan --out printed and saved", async () => {
  using machine = new Machine();
  const before = machine.table;
  const planned = await machine.run(`plan ${machine.file} --out ${machine.plan}`);
  assert.deepEqual([planned.code, planned.err], [EXIT.ok, ""]);
  assert.match(planned.out, /\nSaved; "lvsctl apply --plan \S+web\.plan" makes these changes in this state\n$/);
  assert.deepEqual(machine.table, before);
  assert.equal((Deno.statSync(machine.plan).mode ?? 0) & 0o777, 0o600);
  const applied = await machine.run(`apply --plan ${machine.plan} --yes`);
  assert.deepEqual([applied.code, applied.err], [EXIT.ok, ""]);
  assert.equal(applied.out, planned.out.replace(/State of the kernel[^]*/, ""));
  assert.deepEqual(machine.table, [
    { ...serviceEntry(WEB), servers: [realServer("10.0.0.11:80", { weight: 3 }), realServer("10.0.0.13:80")] },
    serviceEntry(OTHER, "10.0.0.1:0"),
  ]);
  const again = await machine.run(`apply --plan ${machine.plan} --yes`);
  assert.deepEqual([again.code, again.out], [EXIT.ok, "Nothing to change\n"]);
  const asked = await machine.run(`apply --plan ${machine.plan}`, { answer: true });
  assert.deepEqual([asked.code, asked.out], [EXIT.ok, "Nothing to change\n"]);
});

Deno.test("a saved plan in place of a configuration is named, and the way to apply it", async () => {
  using machine = new Machine();
  await machine.run(`plan ${machine.file} --out ${machine.plan}`);
  for (const command of ["plan", "apply", "check", "restore", "run", "doctor"]) {
    assert.deepEqual(await machine.run(`${command} ${machine.plan}`), {
      code: EXIT.usage,
      out: "",
      err: `lvsctl: Cannot read ${machine.plan}: it is a saved plan, not a configuration; ` +
        `apply it with "lvsctl apply --plan ${machine.plan}"\n`,
    }, command);
  }
});

Deno.test("apply --plan uses the options of the plan", async () => {
  using machine = new Machine();
  await machine.run(
    `plan ${machine.file} --out ${machine.plan} --prune --only delete-service --drain 0s --keep-weights`,
  );
  const applied = await machine.run(`apply --plan ${machine.plan} --yes`);
  assert.deepEqual(applied.out.split("\n")[0], `- delete virtual service ${OTHER}`);
  assert.deepEqual(machine.table, [serviceEntry(WEB, "10.0.0.11:80", "10.0.0.12:80")]);
});

Deno.test("apply --plan refuses if the table has changed since, and changes nothing", async () => {
  using machine = new Machine();
  await machine.run(`plan ${machine.file} --out ${machine.plan}`);
  using client = machine.kernel.openClient();
  client.editServer(serviceId(WEB), realServer("10.0.0.11:80", { weight: 7 }));
  const changed = machine.table;
  for (const options of ["--yes", "--dry-run", "--yes --json"]) {
    const { code, out, err } = await machine.run(`apply --plan ${machine.plan} ${options}`);
    assert.deepEqual([code, out], [EXIT.refused, ""], options);
    const message = options.includes("--json") ? `lvsctl: ${JSON.parse(err).error.message}\n` : err;
    assert.match(
      message,
      /^lvsctl: Cannot apply the plan: the table has changed since the plan was made: its state is [0-9a-f]{16}, not [0-9a-f]{16}; nothing was changed; plan again\n$/,
    );
  }
  assert.deepEqual(machine.table, changed);
});

Deno.test("apply --plan ignores changes of services that the plan is not about", async () => {
  using machine = new Machine();
  await machine.run(`plan ${machine.file} --out ${machine.plan}`);
  using client = machine.kernel.openClient();
  client.addServer(serviceId(OTHER), realServer("10.0.0.2:0"));
  assert.equal((await machine.run(`apply --plan ${machine.plan} --yes`)).code, EXIT.ok);
});

Deno.test("apply --plan refuses if the file, or a file that it includes, has changed since or is gone", async () => {
  using machine = new Machine(`${FILE}include: more.yaml\n`);
  const more = `${machine.root}/more.yaml`;
  Deno.writeTextFileSync(more, 'version: 1\nservices: [{ listen: "fwmark:7", servers: [10.0.0.7] }]\n');
  await machine.run(`plan ${machine.file} --out ${machine.plan}`);
  const before = machine.table;
  Deno.writeTextFileSync(more, 'version: 1\nservices: [{ listen: "fwmark:7", servers: [10.0.0.8] }]\n');
  const { code, err } = await machine.run(`apply --plan ${machine.plan} --yes`);
  assert.equal(code, EXIT.refused);
  assert.match(
    err,
    /^lvsctl: Cannot apply the plan: \S+\/web\.yaml or the plan itself has changed since the plan was made; .*plan again\n$/,
  );
  Deno.removeSync(machine.file);
  const gone = await machine.run(`apply --plan ${machine.plan} --yes`);
  assert.equal(gone.code, EXIT.refused);
  assert.match(gone.err, /web\.yaml no longer exists; nothing was changed; plan again\n$/);
  assert.deepEqual(machine.table, before);
});

Deno.test("apply --plan takes a comment in the file for no change of it", async () => {
  using machine = new Machine();
  await machine.run(`plan ${machine.file} --out ${machine.plan}`);
  Deno.writeTextFileSync(machine.file, `# reviewed\n${FILE}`);
  assert.equal((await machine.run(`apply --plan ${machine.plan} --yes`)).code, EXIT.ok);
});

Deno.test("plan --out of standard input, and of rules, has all that apply --plan needs", async () => {
  for (const stdin of [FILE, `-A -t 192.0.2.10:80 -s rr\n-a -t 192.0.2.10:80 -r 10.0.0.13:80 -m -w 1\n`]) {
    using machine = new Machine();
    Deno.removeSync(machine.file);
    const planned = await machine.run(`plan - --out ${machine.plan}`, { stdin });
    const applied = await machine.run(`apply --plan ${machine.plan} --yes`);
    assert.equal(applied.out, planned.out.replace(/State of the kernel[^]*/, ""));
    assert.equal((await machine.run("plan - --exit-code", { stdin })).code, EXIT.ok);
  }
});

Deno.test("apply --plan needs consent for what it deletes, as apply does", async () => {
  using machine = new Machine();
  await machine.run(`plan ${machine.file} --out ${machine.plan} --prune`);
  const before = machine.table;
  const refused = await machine.run(`apply --plan ${machine.plan}`);
  assert.equal(refused.code, EXIT.usage);
  assert.match(refused.err, /it deletes virtual service fwmark:1.*add --yes/);
  const no = await machine.run(`apply --plan ${machine.plan}`, { answer: false });
  assert.match(no.err, /delete virtual service fwmark:1[^]*Make these \d changes\?[^]*nothing was changed\n$/);
  assert.deepEqual(machine.table, before);
});

Deno.test("apply --plan refuses if an override has changed what its changes would be", async () => {
  using machine = new Machine();
  await machine.run(`plan ${machine.file} --out ${machine.plan}`);
  Deno.mkdirSync(machine.directories.state, { recursive: true });
  await machine.run(`server weight ${WEB} 10.0.0.11 1 --reason test`);
  const { code, err } = await machine.run(`apply --plan ${machine.plan} --yes`);
  assert.equal(code, EXIT.refused);
  assert.match(err, /its changes would be others now, because overrides or decisions of the daemon have changed since/);
});

Deno.test("apply --plan excludes a file and the options that the plan has", async () => {
  using machine = new Machine();
  await machine.run(`plan ${machine.file} --out ${machine.plan}`);
  const { code, err } = await machine.run(`apply ${machine.file} --plan ${machine.plan} --prune --drain 1s --yes`);
  assert.deepEqual([code, err], [
    EXIT.usage,
    'lvsctl: --plan excludes FILE, --prune, --drain; the plan has them; give them to "lvsctl plan"\n',
  ]);
});

Deno.test("plan --out replaces an older plan and no other file", async () => {
  using machine = new Machine();
  for (let time = 0; time < 2; time++) {
    assert.equal((await machine.run(`plan ${machine.file} --out ${machine.plan}`)).code, EXIT.ok);
  }
  const other = await machine.run(`plan ${machine.file} --out ${machine.file}`);
  assert.equal(other.code, EXIT.usage);
  assert.match(
    other.err,
    /^lvsctl: Cannot write \S+web\.yaml: it exists and is not a saved plan; name another file\n$/,
  );
  assert.equal(Deno.readTextFileSync(machine.file), FILE);
  const directory = await machine.run(`plan ${machine.file} --out ${machine.root}`);
  assert.match(directory.err, /it exists and is not a saved plan/);
  assert.match((await machine.run(`plan ${machine.file} --out -`)).err, /a plan is saved to a file, not to standard/);
  assert.match(
    (await machine.run(`plan ${machine.file} --rehearse --out x`)).err,
    /--out and --rehearse exclude each other/,
  );
});

Deno.test("apply --plan refuses a file that plan --out did not write, whatever it has in place of a value", async () => {
  using machine = new Machine();
  await machine.run(`plan ${machine.file} --out ${machine.plan}`);
  const before = machine.table;
  const plan = JSON.parse(Deno.readTextFileSync(machine.plan));
  const hostile: readonly unknown[] = [
    null,
    [],
    {},
    { ...plan, more: 1 },
    { ...plan, lvsctl_plan: "1" },
    { ...plan, state: "\u001b[2J" },
    { ...plan, state: undefined },
    { ...plan, changes: 7 },
    { ...plan, file: "web.yaml" },
    { ...plan, file: "/etc/\0" },
    { ...plan, parts: ["services"] },
    { ...plan, parts: "timeouts" },
    { ...plan, options: { ...plan.options, drain_ms: -1 } },
    { ...plan, options: { ...plan.options, drain_ms: 1e300 } },
    { ...plan, options: { ...plan.options, only: ["everything"] } },
    { ...plan, options: { ...plan.options, only: "add-server" } },
    { ...plan, options: { ...plan.options, prune: 1 } },
    { ...plan, options: { ...plan.options, force: true } },
    { ...plan, desired: plan.desired.replace("10.0.0.13:80", "10.0.0.999:80") },
    { ...plan, desired: plan.desired.replace("10.0.0.13:80", "${HOME}") },
    { ...plan, desired: `${plan.desired}include: /etc/shadow\n` },
    { ...plan, desired: "version: 1\nservices: []\n" },
    { ...plan, desired: "" },
  ];
  const texts = [
    ...hostile.map((value) => JSON.stringify(value)),
    "",
    "{",
    FILE,
    "[".repeat(100_000),
    `{"lvsctl_plan":${"[".repeat(100_000)}${"]".repeat(100_000)}}`,
  ];
  for (const text of texts) {
    Deno.writeTextFileSync(machine.plan, text);
    const { code, err } = await machine.run(`apply --plan ${machine.plan} --yes`);
    assert.equal(code, EXIT.usage, text.slice(0, 80));
    assert.match(
      err,
      /^lvsctl: Cannot read the plan \S+web\.plan: it is not a plan that lvsctl plan --out wrote; write one/,
    );
  }
  Deno.writeTextFileSync(machine.plan, JSON.stringify({ ...plan, lvsctl_plan: 2 }));
  assert.match(
    (await machine.run(`apply --plan ${machine.plan} --yes`)).err,
    /another version of lvsctl wrote it; plan again/,
  );
  Deno.writeFileSync(machine.plan, Uint8Array.of(0xff, 0xfe));
  assert.match((await machine.run(`apply --plan ${machine.plan} --yes`)).err, /it is not UTF-8 text/);
  assert.match((await machine.run(`apply --plan ${machine.root}/none --yes`)).err, /Cannot read \S+none: No such file/);
  assert.deepEqual(machine.table, before);
});

Deno.test("a changed character anywhere in a saved plan is never an internal error", async () => {
  using machine = new Machine();
  await machine.run(`plan ${machine.file} --out ${machine.plan}`);
  const text = Deno.readTextFileSync(machine.plan);
  const digits = fc.record({ at: fc.nat(text.length - 1), character: fc.constantFrom(...'0179af"{}:,-n\\ ') });
  await fc.assert(
    fc.asyncProperty(digits, async ({ at, character }) => {
      Deno.writeTextFileSync(machine.plan, text.slice(0, at) + character + text.slice(at + 1));
      const { code, err } = await machine.run(`apply --plan ${machine.plan} --dry-run`);
      assert.doesNotMatch(err, /internal error/);
      assert.ok(code === EXIT.ok || code === EXIT.usage || code === EXIT.refused, `${code} at ${at}`);
    }),
    { numRuns: 300, seed: 7 },
  );
});

Deno.test("plan, apply and check without a file take LVSCTL_FILE, and say which file is missing", async () => {
  using machine = new Machine();
  const surroundings = (file: string): CommandLineOptions => ({
    surroundings: { ...systemSurroundings(), variables: (name) => name === "LVSCTL_FILE" ? file : undefined },
  });
  const planned = await machine.run("plan", surroundings(machine.file));
  assert.match(planned.out, /^\+ add real server 10\.0\.0\.13:80/);
  for (const line of ["plan", "apply", "check", "run"]) {
    assert.deepEqual(await lvsctl(line, surroundings("/nowhere/lvsctl.yaml")), {
      code: EXIT.usage,
      out: "",
      err:
        "lvsctl: no file is named, and /nowhere/lvsctl.yaml does not exist; name a file, or create /nowhere/lvsctl.yaml\n",
    }, line);
  }
});

Deno.test("formatDesiredState() keeps the order of servers, on which hashes of the kernel depend", () => {
  const text = formatDesiredState({
    services: [
      {
        ...serviceEntry(WEB, "10.0.0.12:80", "10.0.0.11:80"),
        onFailure: "remove",
        quorum: { unit: "servers", amount: 1, hysteresis: 0 },
        panicThreshold: 0,
      },
    ],
  });
  assert.ok(text.indexOf("10.0.0.12") < text.indexOf("10.0.0.11"));
});

Deno.test("apply --plan reads the file again with the labels of the plan", async () => {
  using machine = new Machine(`version: 1
services:
  - { only_on: role=edge, listen: ${WEB}, servers: [10.0.0.11:80] }
`);
  await machine.run(`plan ${machine.file} --label role=edge --out ${machine.plan}`);
  const given = await machine.run(`apply --plan ${machine.plan} --label role=core`);
  assert.match(given.err, /--plan excludes --label; the plan has them/);
  const applied = await machine.run(`apply --plan ${machine.plan} --yes`);
  assert.deepEqual([applied.code, applied.err], [EXIT.ok, ""]);
  const stored = Deno.readTextFileSync(machine.plan);
  Deno.writeTextFileSync(machine.plan, stored.replace("role=edge", "role=core"));
  assert.match((await machine.run(`apply --plan ${machine.plan} --yes`)).err, /has changed since the plan was made/);
  Deno.writeTextFileSync(machine.plan, stored.replace('"role=edge"', '"edge"'));
  assert.match((await machine.run(`apply --plan ${machine.plan} --yes`)).err, /it is not a plan/);
});
