import assert from "node:assert/strict";
import { Director, shellEnvironment } from "../director.ts";
import type { CommandResult } from "../namespace.ts";

const RULES = [
  "-A -f 1 -s wlc",
  "-A -t 192.0.2.10:80 -s wlc",
  "-a -t 192.0.2.10:80 -r 10.0.0.11:80 -m -w 1",
  "-a -t 192.0.2.10:80 -r 10.0.0.12:80 -m -w 1",
];

/** Empties the table. */
const EMPTY = "/tmp/consent-empty.yaml";
/** Adds a service and a server, and edits a server. */
const MORE = "/tmp/consent-more.yaml";
/** Takes the last server of a service away. */
const IDLE = "/tmp/consent-idle.yaml";

const FILES: Readonly<Record<string, string>> = {
  [EMPTY]: "version: 1\nservices: []\n",
  [MORE]: `version: 1
services:
  - listen: tcp://192.0.2.10:80
    servers: [{ address: 10.0.0.11:80, weight: 2 }, 10.0.0.12:80, 10.0.0.13:80]
  - listen: fwmark:1
  - listen: fwmark:2
`,
  [IDLE]: "version: 1\nservices: [{ listen: tcp://192.0.2.10:80, servers: [] }]\n",
};

/** Fills the table anew. */
async function prepare(director: Director): Promise<void> {
  await director.ipvsadm(["--clear"]);
  await director.load(RULES);
  for (const [path, text] of Object.entries(FILES)) await Deno.writeTextFile(path, text);
}

/** Runs a line of shell on a terminal of its own, where an answer is typed; standard output is what is seen there. */
async function onTerminal(director: Director, line: string, answer: string): Promise<CommandResult> {
  return await director.run(["script", "--quiet", "--return", "--command", line, "/dev/null"], {
    stdin: `${answer}\n`,
    env: await shellEnvironment(),
  });
}

/** Lines of shell that take something away, whatever their streams are. */
const TAKING = [
  `lvsctl restore ${EMPTY}`,
  `lvsctl restore - <${EMPTY}`,
  `cat ${EMPTY} | lvsctl apply - --prune`,
  `lvsctl apply ${IDLE} </dev/null`,
  "lvsctl flush",
  "lvsctl flush </dev/null",
  `lvsctl restore ${EMPTY} >/tmp/consent-out`,
  `lvsctl restore ${EMPTY} 2>/tmp/consent-err`,
  `lvsctl restore ${EMPTY} </dev/null >/tmp/consent-out 2>/tmp/consent-err`,
];

Deno.test("on a terminal, what takes something away asks there, shows the plan, and a no changes nothing", async () => {
  await using director = await Director.create();
  for (const line of TAKING) {
    await prepare(director);
    await Deno.writeTextFile("/tmp/consent-out", "");
    await Deno.writeTextFile("/tmp/consent-err", "");
    const refused = await onTerminal(director, line, "n");
    assert.match(refused.stdout, /^- delete [^]*\? \[y\/N\] /m, line);
    assert.equal(refused.code, 0, line);
    assert.deepEqual(await director.rules(), RULES, line);
    assert.equal(await Deno.readTextFile("/tmp/consent-out"), "");
    assert.doesNotMatch(await Deno.readTextFile("/tmp/consent-err"), /\[y\/N\]|- delete/);
    const agreed = await onTerminal(director, line, "y");
    assert.equal(agreed.code, 0, `${line}: ${agreed.stdout}`);
    assert.notDeepEqual(await director.rules(), RULES, line);
  }
});

Deno.test("the question of apply is on the terminal, and never in a pipe that its output is read from", async () => {
  await using director = await Director.create();
  await prepare(director);
  const { stdout } = await onTerminal(director, `lvsctl apply ${MORE} | tee /tmp/consent-piped`, "n");
  assert.match(stdout, /Make these 3 changes\? \[y\/N\] /);
  assert.equal(await Deno.readTextFile("/tmp/consent-piped"), "");
  assert.deepEqual(await director.rules(), RULES);
});

Deno.test("--no-input on a terminal asks nothing: losses are refused, and what only adds and edits goes on", async () => {
  await using director = await Director.create();
  await prepare(director);
  const refused = await onTerminal(director, `lvsctl restore ${EMPTY} --no-input`, "y");
  assert.equal(refused.code, 2);
  assert.match(refused.stdout, /^lvsctl: Cannot restore: .*--no-input forbids the question; nothing was changed; /m);
  assert.deepEqual(await director.rules(), RULES);
  const added = await onTerminal(director, `lvsctl apply ${MORE} --no-input --quiet`, "n");
  assert.equal(added.code, 0, added.stdout);
  assert.doesNotMatch(added.stdout, /\[y\/N\]|\+ add/);
  assert.notDeepEqual(await director.rules(), RULES);
});

Deno.test("without a terminal, what takes something away is refused with the option to add, and --yes does it", async () => {
  await using director = await Director.create();
  for (const line of [`restore ${EMPTY}`, `apply ${EMPTY} --prune`, `apply ${IDLE}`, "flush"]) {
    await prepare(director);
    await director.refuses(line, {
      code: 2,
      lines: [/^Cannot .* (deletes|leaves) .*; nothing was changed; add --yes/],
    });
    assert.deepEqual(await director.rules(), RULES, line);
    await director.must(`${line} --yes`);
    assert.notDeepEqual(await director.rules(), RULES, line);
  }
});

Deno.test("without a terminal, what only adds and edits goes on, but undoing it deletes and needs --yes", async () => {
  await using director = await Director.create();
  for (const command of ["restore", "apply"]) {
    await prepare(director);
    assert.match(await director.must(`${command} ${MORE}`), /^\+ add [^]*\n2 to add, 1 to edit, 0 to delete\n$/m);
    await director.refuses("undo", { code: 2, lines: [/^Cannot undo: it deletes virtual service fwmark:2, .*--yes/] });
    await director.must("undo --yes");
    assert.deepEqual(await director.rules(), RULES);
  }
});

Deno.test("save replaces what it wrote, and asks before it replaces what a user wrote", async () => {
  await using director = await Director.create();
  await prepare(director);
  await director.refuses(`save ${MORE}`, { code: 2, lines: [/lvsctl save did not write.*; add --yes to do it$/] });
  const refused = await onTerminal(director, `lvsctl save ${MORE} </dev/null >/dev/null`, "n");
  assert.match(refused.stdout, /^Replace .*, which lvsctl save did not write\? \[y\/N\] /m);
  assert.equal(await Deno.readTextFile(MORE), FILES[MORE]);
  assert.equal((await onTerminal(director, `lvsctl save ${MORE}`, "yes")).code, 0);
  const saved = await Deno.readTextFile(MORE);
  assert.equal(saved, await director.must("save"));
  await director.must(`save ${MORE}`);
});
