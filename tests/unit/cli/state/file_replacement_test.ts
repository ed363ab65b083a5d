import assert from "node:assert/strict";
import { FileReplacement, removeIfExists } from "../../../../cli/state/file_replacement.ts";
import { LvsctlError } from "../../../../core/errors/mod.ts";

const PIECES = ["one ", "two"].map((text) => new TextEncoder().encode(text));

/** Runs a test in an empty directory. */
async function inDirectory(test: (directory: string) => Promise<void>): Promise<void> {
  const directory = await Deno.makeTempDir();
  try {
    await test(directory);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

async function replace(path: string): Promise<void> {
  using replacement = new FileReplacement(path);
  for (const piece of PIECES) await replacement.write(piece);
  replacement.commit();
}

Deno.test("FileReplacement writes pieces to a file that all can read, and leaves no other file", () =>
  inDirectory(async (directory) => {
    const path = `${directory}/lvsctl.prom`;
    await Deno.writeTextFile(path, "old", { mode: 0o600 });
    // A process of the same number may have left it.
    await Deno.writeTextFile(`${path}.new-${Deno.pid}`, "left");
    await replace(path);
    assert.equal(await Deno.readTextFile(path), "one two");
    assert.equal(((await Deno.stat(path)).mode ?? 0) & 0o777, 0o644);
    assert.deepEqual([...Deno.readDirSync(directory)].map(({ name }) => name), ["lvsctl.prom"]);
  }));

Deno.test("FileReplacement keeps the old file until the new one is whole", () =>
  inDirectory(async (directory) => {
    const path = `${directory}/lvsctl.prom`;
    await Deno.writeTextFile(path, "old");
    {
      using replacement = new FileReplacement(path);
      for (const piece of PIECES) await replacement.write(piece);
      assert.equal(await Deno.readTextFile(path), "old");
    }
    assert.equal(await Deno.readTextFile(path), "old");
    assert.deepEqual([...Deno.readDirSync(directory)].map(({ name }) => name), ["lvsctl.prom"]);
  }));

Deno.test("FileReplacement replaces a link, and leaves its target alone", () =>
  inDirectory(async (directory) => {
    const [path, target] = [`${directory}/lvsctl.prom`, `${directory}/target`];
    await Deno.writeTextFile(target, "secret");
    await Deno.symlink(target, path);
    await replace(path);
    assert.equal(await Deno.readTextFile(target), "secret");
    assert.equal((await Deno.lstat(path)).isFile, true);
  }));

Deno.test("FileReplacement names the file that it cannot write", () =>
  inDirectory(async (directory) => {
    const missing = `${directory}/missing/lvsctl.prom`;
    await assert.rejects(replace(missing), (error) => {
      assert.ok(error instanceof LvsctlError);
      assert.match(error.message, /^Cannot write .*\/missing\/lvsctl\.prom: .* \(ENOENT\)$/);
      return true;
    });
    await Deno.mkdir(`${directory}/folder/inner`, { recursive: true });
    await assert.rejects(replace(`${directory}/folder`), /^LvsctlError: Cannot write .*\/folder: /);
    assert.deepEqual([...Deno.readDirSync(directory)].map(({ name }) => name), ["folder"]);
  }));

Deno.test("removeIfExists() takes a missing file as removed", () =>
  inDirectory(async (directory) => {
    const path = `${directory}/lvsctl.prom`;
    await Deno.writeTextFile(path, "old");
    for (let time = 0; time < 2; time++) removeIfExists(path);
    assert.deepEqual([...Deno.readDirSync(directory)], []);
  }));
