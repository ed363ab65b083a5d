import assert from "node:assert/strict";
import { readFileStart, readRegularFile } from "../../../../core/files/mod.ts";
import { LvsctlError } from "../../../../core/errors/mod.ts";
import { makeSpecialFiles } from "../../../support/special_files.ts";

const text = (bytes: Uint8Array | undefined): string | undefined =>
  bytes === undefined ? undefined : new TextDecoder().decode(bytes);

Deno.test("readRegularFile() reads a regular file, also through a symbolic link", async () => {
  await using files = await makeSpecialFiles();
  assert.equal(text(readRegularFile(files.regular)), "content\n");
  assert.equal(text(readRegularFile(files.link)), "content\n");
});

Deno.test("readRegularFile() refuses every other kind of file without opening it", async () => {
  await using files = await makeSpecialFiles();
  const refused: readonly (readonly [string, string])[] = [
    [files.fifo, "it is a named pipe, not a regular file"],
    [files.linkToFifo, "it is a named pipe, not a regular file"],
    [files.socket, "it is a socket, not a regular file"],
    ["/dev/zero", "it is a device, not a regular file"],
    ["/dev/full", "it is a device, not a regular file"],
    ["/proc/kmsg", "it is a file of the kernel without a size"],
    ["/proc/self/environ", "it is a file of the kernel without a size"],
  ];
  for (const [path, reason] of refused) {
    assert.throws(() => readRegularFile(path), new LvsctlError(reason, { operation: "read", object: path }));
  }
  assert.throws(() => readRegularFile(files.directory), { message: /^Is a directory/ });
  assert.throws(() => readRegularFile(`${files.regular}.none`), Deno.errors.NotFound);
});

Deno.test("readRegularFile() refuses a file that is larger than the limit, and reads one of the limit's size", async () => {
  await using files = await makeSpecialFiles();
  Deno.writeTextFileSync(files.regular, "x".repeat(1024 * 1024));
  assert.equal(readRegularFile(files.regular, { maxBytes: 1024 * 1024 }).length, 1024 * 1024);
  Deno.writeTextFileSync(files.regular, "x", { append: true });
  assert.throws(() => readRegularFile(files.regular, { maxBytes: 1024 * 1024 }), { reason: "it is larger than 1 MiB" });
});

Deno.test("readRegularFile() refuses a file whose size is without bounds, such as the kernel's image of its memory", async () => {
  await using files = await makeSpecialFiles();
  Deno.truncateSync(files.regular, 2 ** 40);
  assert.throws(() => readRegularFile(files.regular), { reason: "it is larger than 256 MiB" });
  assert.equal((await readFileStart(files.regular, { maxBytes: 4 }))?.length, 4);
});

Deno.test("readFileStart() reads the beginning, and nothing but a regular file", async () => {
  await using files = await makeSpecialFiles();
  assert.equal(text(await readFileStart(files.regular, { maxBytes: 4 })), "cont");
  assert.equal(text(await readFileStart(files.regular, { maxBytes: 400 })), "content\n");
  for (const path of [files.fifo, files.socket, files.directory, "/dev/zero", `${files.regular}/x`, "/none"]) {
    assert.equal(await readFileStart(path, { maxBytes: 4 }), undefined, path);
  }
  await assert.rejects(readFileStart("/proc/kmsg", { maxBytes: 4 }), {
    reason: /a file of the kernel without a size$/,
  });
});
