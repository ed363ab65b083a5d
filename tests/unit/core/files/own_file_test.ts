import assert from "node:assert/strict";
import { checkOwnFile, openOwnFile, readOwnFile, readOwnFileEnd } from "../../../../core/files/mod.ts";
import { makeSpecialFiles, type SpecialFiles } from "../../../support/special_files.ts";

const HINT = "move it away; lvsctl creates its own";

/** The files that lvsctl did not write, and why. */
function foreignFiles(files: SpecialFiles): readonly (readonly [string, string])[] {
  return [
    [files.link, "it is a symbolic link, not a file that lvsctl wrote"],
    [files.danglingLink, "it is a symbolic link, not a file that lvsctl wrote"],
    [files.linkToFifo, "it is a symbolic link, not a file that lvsctl wrote"],
    [files.fifo, "it is a named pipe, not a file that lvsctl wrote"],
    [files.socket, "it is a socket, not a file that lvsctl wrote"],
    [files.directory, "it is a directory, not a file that lvsctl wrote"],
    ["/dev/zero", "it is a device, not a file that lvsctl wrote"],
  ];
}

Deno.test("openOwnFile() and readOwnFile() refuse whatever lvsctl did not write, and leave it as it is", async () => {
  await using files = await makeSpecialFiles();
  for (const [path, reason] of foreignFiles(files)) {
    const message = `Cannot use ${path}: ${reason}; ${HINT}`;
    assert.throws(() => openOwnFile(path), { message });
    assert.throws(() => openOwnFile(path, { append: true }), { message });
    assert.throws(() => readOwnFile(path), { message });
    assert.throws(() => readOwnFileEnd(path, { maxBytes: 10 }), { message });
  }
  assert.equal(Deno.readTextFileSync(files.regular), "content\n");
  assert.equal(checkOwnFile(`${files.directory}/none`), undefined, "the link's target was not created");
});

Deno.test("openOwnFile() creates a missing file for its owner alone, and keeps the content of an existing one", async () => {
  await using files = await makeSpecialFiles();
  const path = `${files.directory}/new`;
  for (const expected of ["", "12345"]) {
    using file = openOwnFile(path);
    assert.equal(Deno.readTextFileSync(path), expected);
    file.writeSync(new TextEncoder().encode("12345"));
  }
  assert.equal((Deno.statSync(path).mode ?? 0) & 0o777, 0o600);
  using file = openOwnFile(path, { append: true });
  file.writeSync(new TextEncoder().encode("6"));
  assert.equal(readOwnFile(path), "123456");
  assert.equal(readOwnFileEnd(path, { maxBytes: 2 }), "56");
  assert.equal(readOwnFileEnd(path, { maxBytes: 200 }), "123456");
  assert.throws(() => readOwnFile(path, { maxBytes: 5 }), { reason: /^it is larger than/ });
});

Deno.test("openOwnFile() and readOwnFile() throw the system's error if a file or its directory is missing", async () => {
  await using files = await makeSpecialFiles();
  assert.throws(() => openOwnFile(`${files.directory}/none/file`), Deno.errors.NotFound);
  assert.throws(() => readOwnFile(`${files.directory}/none/file`), Deno.errors.NotFound);
  assert.throws(() => readOwnFile(`${files.directory}/none`), Deno.errors.NotFound);
  assert.throws(() => readOwnFile(`${files.regular}/file`), Deno.errors.NotFound);
});

Deno.test("checkOwnFile() refuses a hard link only where others can write", async () => {
  await using files = await makeSpecialFiles();
  Deno.linkSync(files.regular, `${files.directory}/second`);
  // A back-up program may keep hard links of lvsctl's own files.
  assert.equal(checkOwnFile(files.regular)?.nlink, 2);
  for (const mode of [0o1777, 0o720, 0o702]) {
    Deno.chmodSync(files.directory, mode);
    assert.throws(() => checkOwnFile(files.regular), {
      message:
        `Cannot use ${files.regular}: it has a second name (a hard link), in a directory that others can write to; ${HINT}`,
    });
  }
  Deno.removeSync(`${files.directory}/second`);
  assert.equal(checkOwnFile(files.regular)?.nlink, 1);
});

Deno.test({
  name: "checkOwnFile() refuses another user's file only where others can write",
  ignore: Deno.uid() !== 0,
  fn: async () => {
    await using files = await makeSpecialFiles();
    Deno.chownSync(files.regular, 1234, 1234);
    assert.equal(checkOwnFile(files.regular)?.uid, 1234);
    Deno.chmodSync(files.directory, 0o1777);
    const hint = "name another file";
    assert.throws(() => checkOwnFile(files.regular, { hint }), {
      message: `Cannot use ${files.regular}: it belongs to user 1234, in a directory that others can write to; ${hint}`,
    });
    Deno.chmodSync(files.directory, 0o755);
    Deno.chownSync(files.directory, 1234, 1234);
    assert.throws(() => readOwnFile(files.regular), { reason: /^it belongs to user 1234/ });
  },
});
