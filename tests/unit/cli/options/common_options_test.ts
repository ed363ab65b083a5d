import assert from "node:assert/strict";
import type { CommandUnknownOpts } from "../../../../cli/options/commander.ts";
import { buildFullProgram } from "../../../../cli/program.ts";
import { EXIT } from "../../../../core/errors/mod.ts";
import { type CommandLineOptions, lvsctl, type Printed } from "../../../support/command_line.ts";
import { testContext } from "../../../support/context.ts";
import { memoryKernel } from "../../../support/kernel_state.ts";
import type { MemoryKernel } from "../../../support/memory_kernel.ts";
import { serviceEntry } from "../../../support/samples.ts";

const WEB = "tcp://192.0.2.10:80";
const [FIRST, SECOND] = ["10.0.0.11:80", "10.0.0.12:80"];
const ADDITION = `version: 1\nservices:\n  - { listen: "${WEB}", scheduler: rr, servers: ["${FIRST}", "${SECOND}"] }\n`;
const LOSS = `version: 1\nservices:\n  - { listen: "${WEB}", scheduler: rr, servers: [] }\n`;

function webKernel(): MemoryKernel {
  return memoryKernel({ services: [serviceEntry(WEB, FIRST)] });
}

/** What a command line prints on a kernel with one service. */
async function onWeb(line: string, options: CommandLineOptions = {}): Promise<Printed> {
  return await lvsctl(line, { kernel: webKernel(), ...options });
}

function leaves(command: CommandUnknownOpts, path: readonly string[] = []): [string, ReadonlySet<string>][] {
  return [
    ...command.options.length === 0
      ? []
      : [[path.join(" "), new Set(command.options.map(({ long }) => long ?? ""))] as [string, ReadonlySet<string>]],
    ...command.commands.flatMap((child) => leaves(child, [...path, child.name()])),
  ];
}

Deno.test("every command that changes something has --quiet, and every one that asks has --no-input", async () => {
  const unused = (): never => assert.fail("a tree of commands needs no streams");
  const io = { out: unused, err: unused, control: unused, readStdin: unused, interactive: false, confirm: unused };
  const commands = leaves(await buildFullProgram(testContext(io)));
  const having = (option: string): string[] => commands.flatMap(([path, names]) => names.has(option) ? [path] : []);
  assert.deepEqual(having("--no-input"), having("--yes"));
  assert.deepEqual(having("--no-input"), [
    "realserver setup",
    ...["flush", "batch", "save", "restore", "apply", "undo", "cluster push", "cluster rollback"],
  ]);
  const quiet = new Set(having("--quiet"));
  assert.deepEqual([...having("--dry-run"), ...having("--yes")].filter((path) => !quiet.has(path)), []);
  for (const path of ["reload", "vip announce", "vrrp release", "vrrp resume", "vrrp cleanup", "discovery accept"]) {
    assert.ok(quiet.has(path), path);
  }
  const silent = having("--verbose").filter((path) => !quiet.has(path));
  assert.deepEqual(silent, []);
});

Deno.test("--quiet leaves out what a change reports, and no error, warning, document or dry run", async () => {
  for (const line of ["apply - --yes", "restore - --yes"]) {
    assert.notEqual((await onWeb(line, { stdin: ADDITION })).out, "");
    assert.deepEqual(await onWeb(`${line} --quiet`, { stdin: ADDITION }), { code: EXIT.ok, out: "", err: "" });
    assert.match((await onWeb(`${line} --quiet --json`, { stdin: ADDITION })).out, /"changed": true/);
    assert.match((await onWeb(`${line} --quiet --dry-run`, { stdin: ADDITION })).out, /1 to add/);
  }
  for (const line of [`service add ${WEB} --ensure`, `server delete ${WEB} ${SECOND} --if-exists`]) {
    assert.equal((await onWeb(line)).out, "Nothing to change\n");
    assert.deepEqual(await onWeb(`${line} -q`), { code: EXIT.ok, out: "", err: "" });
    assert.equal((await onWeb(`${line} -q --dry-run`)).out, "Nothing to change\n");
  }
  const refused = await onWeb(`service add ${WEB} -q`);
  assert.deepEqual([refused.code, refused.out], [EXIT.refused, ""]);
  assert.match(refused.err, /EEXIST/);
  const warned = await onWeb(`server add ${WEB} 10.0.0.13:81 --forward dr -q`);
  assert.deepEqual([warned.code, warned.out], [EXIT.ok, ""]);
  assert.match(warned.err, /^lvsctl: .*\[port-ignored\]\n$/);
  const no = await onWeb("flush -q", { answer: false });
  assert.doesNotMatch(no.err, /nothing was changed/);
});

Deno.test("--verbose prints the changes that a command makes, and excludes --quiet", async () => {
  const line = `server add ${WEB} ${SECOND} --weight 3`;
  assert.equal((await onWeb(line)).out, "");
  const change = `+ add real server ${SECOND} of ${WEB}: nat, weight 3\n`;
  assert.equal((await onWeb(`${line} -v`)).out, change);
  assert.equal((await onWeb(`${line} --verbose`)).out, (await onWeb(`${line} --dry-run`)).out);
  const { code, err } = await onWeb(`${line} -v -q`);
  assert.equal(code, EXIT.usage);
  assert.match(err, /'-q, --quiet' cannot be used with option '-v, --verbose'/);
});

Deno.test("--verbose prints more than the first thousand steps of an apply", async () => {
  const services = Array.from({ length: 1001 }, (_, index) => `  - { listen: "tcp://192.0.2.10:${index + 1}" }\n`);
  const stdin = `version: 1\ndefaults: { scheduler: rr }\nservices:\n${services.join("")}`;
  const stepsOf = async (line: string): Promise<number> => {
    const { code, out, err } = await lvsctl(line, { kernel: memoryKernel({}), stdin });
    assert.equal(code, EXIT.ok, err);
    return out.split("\n").filter((text) => text.startsWith("+ ")).length;
  };
  assert.equal(await stepsOf("apply - --yes"), 1000);
  assert.equal(await stepsOf("apply - --yes --verbose"), 1001);
});

Deno.test("--no-input asks nothing on a terminal: additions are made, losses are refused with the reason", async () => {
  const answer = true;
  const added = await onWeb("apply - --no-input", { stdin: ADDITION, answer });
  assert.equal(added.code, EXIT.ok, added.err);
  assert.doesNotMatch(added.err, /Make this change/);
  for (const line of ["apply - --no-input", "restore - --no-input", "flush --no-input"]) {
    const { code, err } = await onWeb(line, { stdin: LOSS, answer });
    assert.equal(code, EXIT.usage, line);
    assert.match(err, /and --no-input forbids the question; nothing was changed; add --yes to do it\n$/);
  }
  assert.equal((await onWeb("flush --no-input --yes", { answer })).code, EXIT.ok);
});

Deno.test("check --quiet prints servers that are not healthy alone", async () => {
  const service = (port: number, command: string): string =>
    `  - { listen: "tcp://192.0.2.10:${port}", check: { type: exec, command: [${command}] }, servers: ["${FIRST}"] }\n`;
  const stdin = `version: 1\nservices:\n${service(80, "/bin/true")}`;
  assert.match((await lvsctl("check -", { stdin })).out, /1 of 1 healthy/);
  assert.deepEqual(await lvsctl("check - -q", { stdin }), { code: EXIT.ok, out: "", err: "" });
  const { out, code } = await lvsctl("check - -q", { stdin: stdin + service(81, "/bin/false") });
  assert.equal(code, EXIT.belowQuorum);
  assert.match(out, /^tcp:\/\/192\.0\.2\.10:81: 0 of 1 healthy, below its quorum of 1\n {2}-> 10\.0\.0\.11:80 .*\n$/);
});

Deno.test("config check --quiet prints nothing about a valid file, and warnings", async () => {
  assert.match((await lvsctl("config check -", { stdin: ADDITION })).out, /valid/);
  assert.deepEqual(await lvsctl("config check - --quiet", { stdin: ADDITION }), { code: EXIT.ok, out: "", err: "" });
  const { err } = await lvsctl("config check - --quiet", { stdin: ADDITION.replace(": rr", ": wrrr") });
  assert.match(err, /\[unknown-scheduler\]/);
});
