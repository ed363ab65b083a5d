import assert from "node:assert/strict";
import { parseConfig } from "../../../../core/config/mod.ts";
import { EXIT } from "../../../../core/errors/mod.ts";
import type { Directories } from "../../../../cli/state/directories.ts";
import { type CommandLineOptions, lvsctl, type Printed } from "../../../support/command_line.ts";
import { memoryKernel, stateOf } from "../../../support/kernel_state.ts";
import type { MemoryKernel } from "../../../support/memory_kernel.ts";
import { serviceEntry } from "../../../support/samples.ts";

const [WEB, MAIL] = ["tcp://192.0.2.10:80", "tcp://192.0.2.10:25"];

const WEB_FILE = `version: 1
services:
  - listen: ${WEB}
    scheduler: rr
    servers: [{ address: 10.0.0.11:80, weight: 3 }, 10.0.0.13:80]
`;

const MAIL_FILE = `version: 1
services:
  - { listen: "${MAIL}", servers: [10.0.0.21:25] }
`;

/** A machine with a table and a journal of its own. */
class Machine implements Disposable {
  readonly kernel: MemoryKernel = memoryKernel({ services: [serviceEntry(WEB, "10.0.0.11:80", "10.0.0.12:80")] });
  readonly #root = Deno.makeTempDirSync();
  readonly directories: Directories = { run: `${this.#root}/run`, state: `${this.#root}/state` };

  async run(line: string, stdin = "", options: CommandLineOptions = {}): Promise<Printed> {
    return await lvsctl(line, { kernel: this.kernel, stdin, directories: this.directories, ...options });
  }

  /** The ids of the journal, the oldest first. */
  async ids(): Promise<readonly string[]> {
    return JSON.parse((await this.run("history --json")).out).entries.map(({ id }: { readonly id: string }) => id);
  }

  get table(): unknown {
    using client = this.kernel.openClient();
    return stateOf(client).services;
  }

  [Symbol.dispose](): void {
    Deno.removeSync(this.#root, { recursive: true });
  }
}

Deno.test("history show prints command, user, result, the plan with its values, and the way to undo it", async () => {
  using machine = new Machine();
  await machine.run("apply - --yes", WEB_FILE);
  const [id = ""] = await machine.ids();
  const { code, out, err } = await machine.run(`history show ${id}`);
  assert.deepEqual([code, err], [EXIT.ok, ""]);
  const lines = out.split("\n");
  assert.equal(lines[0], `ID         ${id}`);
  assert.match(lines[1] ?? "", /^Time {7}20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ, \d+s ago$/);
  assert.match(lines[3] ?? "", new RegExp(`^Process {4}${Deno.pid}, started by .+ \\(${Deno.ppid}\\)$`));
  assert.deepEqual(lines.slice(4, 7), [
    "Command    lvsctl apply - --yes",
    "Result     done",
    `Undo       lvsctl undo ${id}`,
  ]);
  assert.deepEqual(lines.slice(7), [
    "",
    `~ edit real server 10.0.0.11:80 of ${WEB}: weight 1 -> 3`,
    `+ add real server 10.0.0.13:80 of ${WEB}: nat, weight 1`,
    `- delete real server 10.0.0.12:80 of ${WEB}`,
    "1 to add, 1 to edit, 1 to delete",
    "",
  ]);
});

Deno.test("history show --before and --after print files that lead to these states, with the changed parts alone", async () => {
  using machine = new Machine();
  const before = machine.table;
  await machine.run("apply - --yes", WEB_FILE);
  const after = machine.table;
  const [id = ""] = await machine.ids();
  const { out: oldFile } = await machine.run(`history show ${id} --before`);
  const { out: newFile } = await machine.run(`history show ${id} --after`);
  assert.deepEqual(Object.keys(await parseConfig(oldFile, { file: "before" })), ["services"]);
  assert.equal((await machine.run("plan - --exit-code", newFile)).code, EXIT.ok);
  await machine.run("apply - --yes", oldFile);
  assert.deepEqual(machine.table, before);
  await machine.run("apply - --yes", newFile);
  assert.deepEqual(machine.table, after);
});

Deno.test("history show --before and --after have the timeouts that a restore changed", async () => {
  using machine = new Machine();
  await machine.run("restore - --yes", `${WEB_FILE}timeouts: { tcp: 77s }\n`);
  const [id = ""] = await machine.ids();
  assert.match((await machine.run(`history show ${id} --after`)).out, /^timeouts: \{ tcp: 77s \}$/m);
  assert.match((await machine.run(`history show ${id} --before`)).out, /^timeouts: \{ tcp: 15m, /m);
});

Deno.test("history show of a single command lists its steps and says why it cannot be undone", async () => {
  using machine = new Machine();
  await machine.run(`server edit ${WEB} 10.0.0.11 --weight 9`);
  const [id = ""] = await machine.ids();
  const { code, out } = await machine.run(`history show ${id}`);
  assert.equal(code, EXIT.ok);
  assert.match(out, /\nUndo +not possible: only an apply, a restore or a batch has a snapshot to undo it by\n/);
  assert.match(out, new RegExp(`\\n\\nedit real server 10\\.0\\.0\\.11:80 of ${WEB}\\n$`));
  const state = await machine.run(`history show ${id} --before`);
  assert.deepEqual([state.code, state.out], [EXIT.refused, ""]);
  assert.match(
    state.err,
    /^lvsctl: Cannot show the state before lvsctl server edit .*: only an apply, .*; "lvsctl history show /,
  );
});

Deno.test("history show --json has the entry, its changes with their differences, and both states", async () => {
  using machine = new Machine();
  await machine.run("apply - --yes", WEB_FILE);
  const [id = ""] = await machine.ids();
  const shown = JSON.parse((await machine.run(`history show ${id} --json`)).out);
  assert.deepEqual([shown.id, shown.operation, shown.outcome, shown.undone_by], [id, "apply", "done", null]);
  assert.deepEqual(shown.changes[0].differences, [{ path: `${WEB}/10.0.0.11:80/weight`, current: 1, wanted: 3 }]);
  const addresses = (services: readonly { readonly servers: readonly { readonly server: string }[] }[]): string[] =>
    services.flatMap(({ servers }) => servers.map(({ server }) => server));
  assert.deepEqual(addresses(shown.before), ["10.0.0.11:80", "10.0.0.12:80"]);
  assert.deepEqual(addresses(shown.after), ["10.0.0.11:80", "10.0.0.13:80"]);
  await machine.run("undo --yes");
  const [, undo = ""] = await machine.ids();
  assert.equal(JSON.parse((await machine.run(`history show ${id} --json`)).out).undone_by, undo);
});

Deno.test("history show fits the terminal, also with a long command", async () => {
  using machine = new Machine();
  const file = `${Deno.makeTempDirSync()}/${"long".repeat(30)}.yaml`;
  Deno.writeTextFileSync(file, WEB_FILE);
  await machine.run(`apply ${file} --yes`);
  const [id = ""] = await machine.ids();
  const { out } = await machine.run(`history show ${id}`, "", { terminal: { columns: 80, rows: 24 } });
  assert.ok(out.split("\n").every((line) => line.length <= 80), out);
  assert.match(out, /10\.0\.0\.11:80/);
});

Deno.test("history show of an ID that is not recorded is wrong usage and names the list", async () => {
  using machine = new Machine();
  assert.deepEqual(await machine.run("history show abc-1"), {
    code: EXIT.usage,
    out: "",
    err: 'lvsctl: "abc-1" is not the ID of a recorded change; "lvsctl history" lists the changes with their IDs\n',
  });
  const { code, err } = await machine.run("history show abc-1 --before --json");
  assert.deepEqual([code, JSON.parse(err).error.message], [
    EXIT.usage,
    "--before, --after and --json exclude each other",
  ]);
});

Deno.test("history --since shows the changes of the last time, or since a moment", async () => {
  using machine = new Machine();
  await machine.run("service add fwmark:7");
  const path = `${machine.directories.state}/journal.jsonl`;
  Deno.writeTextFileSync(path, Deno.readTextFileSync(path).replace(/"at":"[^"]+"/, '"at":"2020-06-01T12:00:00.000Z"'));
  await machine.run("service add fwmark:8");
  const commands = async (options: string): Promise<readonly string[]> =>
    JSON.parse((await machine.run(`history --json${options}`)).out).entries
      .map(({ command }: { readonly command: readonly string[] }) => command.at(-1));
  assert.deepEqual(await commands(""), ["fwmark:7", "fwmark:8"]);
  assert.deepEqual(await commands(" --since 1h"), ["fwmark:8"]);
  assert.deepEqual(await commands(" --since 2021-01-01T00:00"), ["fwmark:8"]);
  assert.deepEqual(await commands(" --since 2019-12-31"), ["fwmark:7", "fwmark:8"]);
  for (const time of ["12:00", "12:00Z", "13:00+01:00", "08:30:00-03:30"]) {
    assert.deepEqual(await commands(` --since 2020-06-01T${time}`), ["fwmark:7", "fwmark:8"], time);
  }
  for (const time of ["12:01", "13:00:01+01:00", "08:31-03:30"]) {
    assert.deepEqual(await commands(` --since 2020-06-01T${time}`), ["fwmark:8"], time);
  }
  const { code, err } = await machine.run("history --since yesterday");
  assert.equal(code, EXIT.usage);
  assert.match(
    err,
    /"yesterday" is not a time; write a duration such as 2h or 3d, or a time such as 2026-01-31T08:30, in UTC/,
  );
});

Deno.test("undo ID undoes that change and keeps later ones to other services", async () => {
  using machine = new Machine();
  const before = machine.table;
  await machine.run("apply - --yes", WEB_FILE);
  await machine.run("apply - --yes", MAIL_FILE);
  const [web = "", mail = ""] = await machine.ids();
  assert.deepEqual(await machine.run(`undo ${web} --yes --json`).then(({ code, err }) => [code, err]), [EXIT.ok, ""]);
  assert.deepEqual(
    machine.table,
    [...(Array.isArray(before) ? before : []), serviceEntry(MAIL, "10.0.0.21:25")].map((entry) => entry)
      .map((entry) =>
        entry.service.id.port === 25 ? { ...entry, service: { ...entry.service, scheduler: "wlc" } } : entry
      )
      .sort((one, other) => one.service.id.port - other.service.id.port),
  );
  assert.equal((await machine.run(`undo ${mail} --yes`)).code, EXIT.ok);
  assert.deepEqual(machine.table, before);
});

Deno.test("undo ID refuses if a later change is about the same, and names the one to undo first", async () => {
  using machine = new Machine();
  const before = machine.table;
  await machine.run("apply - --yes", WEB_FILE);
  await machine.run("apply - --yes", WEB_FILE.replace("weight: 3", "weight: 4"));
  const [first = "", second = ""] = await machine.ids();
  const changed = machine.table;
  const { code, err } = await machine.run(`undo ${first} --yes`);
  assert.equal(code, EXIT.refused);
  assert.match(
    err,
    new RegExp(
      `the table has been changed since: ${WEB}: changed; lvsctl apply - --yes of \\S+ changed the same: ` +
        `run "lvsctl undo ${second}" first; or "lvsctl undo ${first} --dry-run --force" shows`,
    ),
  );
  assert.deepEqual(machine.table, changed);
  assert.equal((await machine.run(`undo ${second} --yes`)).code, EXIT.ok);
  assert.equal((await machine.run(`undo ${first} --yes`)).code, EXIT.ok);
  assert.deepEqual(machine.table, before);
});

Deno.test("undo ID refuses what cannot be undone, each with its reason and a way out", async () => {
  using machine = new Machine();
  await machine.run("apply - --yes", WEB_FILE);
  await machine.run("undo --yes");
  await machine.run("service add fwmark:7");
  await machine.run("apply - --yes", MAIL_FILE);
  const [apply = "", undo = "", single = "", pruned = ""] = await machine.ids();
  Deno.removeSync(`${machine.directories.state}/undo/${pruned}`);
  const table = machine.table;
  for (
    const [id, code, expected] of [
      ["nope-1", EXIT.usage, /is not the ID of a recorded change; "lvsctl history" lists/],
      [apply, EXIT.refused, /: lvsctl undo --yes of \S+ has undone it; run the first command again/],
      [undo, EXIT.refused, /: it is an undo itself; run "lvsctl apply - --yes" again/],
      [single, EXIT.refused, /: only an apply, a restore or a batch has a snapshot .*history show .* change that back/],
      [pruned, EXIT.refused, /: its snapshot no longer exists.*"lvsctl history show /],
    ] as const
  ) {
    const refused = await machine.run(`undo ${id} --yes`);
    assert.equal(refused.code, code, id);
    assert.match(refused.err, expected);
  }
  assert.deepEqual(machine.table, table);
});

Deno.test("undo ID that takes something away needs consent", async () => {
  using machine = new Machine();
  await machine.run("apply - --yes", MAIL_FILE);
  const [id = ""] = await machine.ids();
  const table = machine.table;
  const refused = await machine.run(`undo ${id}`);
  assert.equal(refused.code, EXIT.usage);
  assert.match(refused.err, /it deletes virtual service tcp:\/\/192\.0\.2\.10:25.*add --yes/);
  assert.deepEqual(machine.table, table);
});

Deno.test("undo ID of another network namespace's table is refused", async () => {
  using machine = new Machine();
  await machine.run("apply - --yes", WEB_FILE);
  const [id = ""] = await machine.ids();
  const path = `${machine.directories.state}/journal.jsonl`;
  Deno.writeTextFileSync(path, Deno.readTextFileSync(path).replaceAll(/"namespace":"[^"]*"/g, '"namespace":"1"'));
  const { code, err } = await machine.run(`undo ${id} --yes`);
  assert.equal(code, EXIT.refused);
  assert.match(err, /it changed the table of another network namespace; run lvsctl undo in that namespace/);
});

Deno.test("__complete offers the recorded changes for history show, and those that can be undone for undo", async () => {
  using machine = new Machine();
  await machine.run("service add fwmark:7");
  await machine.run("apply - --yes", WEB_FILE);
  const [single = "", apply = ""] = await machine.ids();
  const offered = async (words: string): Promise<readonly string[]> =>
    (await machine.run(`__complete -- ${words} `)).out.split("\n").map((line) => line.split("\t")[0] ?? "");
  assert.deepEqual(await offered("history show"), [apply, single, ""]);
  assert.deepEqual(await offered("undo"), [apply, ""]);
});
