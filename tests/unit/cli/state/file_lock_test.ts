import assert from "node:assert/strict";
import { replaceOwnFile } from "../../../../cli/state/atomic_file.ts";
import { openLockFile, takeLock } from "../../../../cli/state/file_lock.ts";
import { lockJsonFile, updateJsonFile } from "../../../../cli/state/locked_json_file.ts";
import { lockProcess } from "../../../../cli/state/process_lock.ts";
import { tableNamespace } from "../../../../cli/state/namespace.ts";
import { makeSpecialFiles } from "../../../support/special_files.ts";

Deno.test("lockProcess() goes on without a lock whose name is a symbolic link, and keeps the link's target", async () => {
  await using files = await makeSpecialFiles();
  const path = `${files.directory}/table-${tableNamespace()}.lock`;
  Deno.symlinkSync(files.regular, path);
  const reasons: string[] = [];
  using _lock = lockProcess({
    directory: files.directory,
    name: "table",
    purpose: "apply web.yaml",
    timeoutMs: 0,
    onUnusable: ({ message }) => reasons.push(message),
    heldError: assert.fail,
  });
  assert.deepEqual(reasons, [
    `Cannot use ${path}: it is a symbolic link, not a file that lvsctl wrote; move it away; lvsctl creates its own`,
  ]);
  assert.equal(Deno.readTextFileSync(files.regular), "content\n");
});

Deno.test("lockJsonFile() refuses a lock or a file that lvsctl did not write, and keeps what it is", async () => {
  await using files = await makeSpecialFiles();
  const hint = "name a writable file with --state";
  Deno.symlinkSync(files.regular, `${files.directory}/state.json.lock`);
  assert.throws(() => lockJsonFile(`${files.directory}/state.json`, { hint }), {
    message:
      /state\.json\.lock: it is a symbolic link, not a file that lvsctl wrote; move it away; lvsctl creates its own$/,
  });
  for (const path of [files.link, files.fifo, files.socket, files.directory]) {
    using file = lockJsonFile(path, { hint });
    assert.throws(() => file.read(), { reason: /not a file that lvsctl wrote$/ });
    assert.throws(() => file.write({}), { reason: /not a file that lvsctl wrote$/ });
  }
  assert.equal(Deno.readTextFileSync(files.regular), "content\n");
});

Deno.test("lockJsonFile() does not wait for ever for a process that is stopped, and names it", async () => {
  await using files = await makeSpecialFiles();
  const path = `${files.directory}/state.json`;
  using held = openLockFile(`${path}.lock`);
  assert.ok(takeLock(held, { purpose: "check --apply web.yaml", timeoutMs: 0 }));
  assert.throws(() => lockJsonFile(path, { hint: "none", timeoutMs: 0 }), {
    message: `Cannot lock ${path}: another lvsctl, process ${Deno.pid} ("check --apply web.yaml"), is using it ` +
      "(EWOULDBLOCK); it did not finish within 0 s; if it is stopped, continue or end it",
    retriable: true,
  });
});

Deno.test("replaceOwnFile() writes no file through a link or a pipe", async () => {
  await using files = await makeSpecialFiles();
  for (const path of [files.link, files.danglingLink, files.fifo, files.socket]) {
    assert.throws(() => replaceOwnFile(path, "{}\n"), { reason: /not a file that lvsctl wrote$/ });
  }
  replaceOwnFile(files.regular, "{}\n");
  assert.deepEqual([Deno.readTextFileSync(files.regular), Deno.readTextFileSync(files.link)], ["{}\n", "{}\n"]);
  assert.equal([...Deno.readDirSync(files.directory)].some(({ name }) => name.includes(".new-")), false);
});

Deno.test("updateJsonFile() leaves a file of another kind alone, and replaces a damaged one", () => {
  const path = `${Deno.makeTempDirSync()}/state`;
  const update = (): unknown => updateJsonFile(path, (stored) => ({ result: stored, state: { new: true } }));
  const others = [
    ...["version: 1\n", "# comment\n", "-A -t 192.0.2.10:80\n", "{version: 1, services: []}\n"],
    ...[
      '{"version":1,"services":[]}',
      '{"version": 1, "services": []}',
      '{\n  "lvsctl_plan": 1,\n',
      '{"debian":"bookworm"}',
    ],
    `${"\0".repeat(32_768)}\x01CD001`,
  ];
  for (const text of others) {
    Deno.writeTextFileSync(path, text);
    assert.throws(update, {
      message: `Cannot use ${path}: it has other text, and lvsctl did not write it; ` +
        "move it away; lvsctl creates its own",
    });
    assert.equal(Deno.readTextFileSync(path), text);
  }
  for (const text of ["", "\0\0", '{"ver', "[1,", '{"version":2,"health', '{"version":1,"states":']) {
    Deno.writeTextFileSync(path, text);
    assert.equal(update(), undefined);
    assert.equal(Deno.readTextFileSync(path), '{"new":true}\n');
  }
});
