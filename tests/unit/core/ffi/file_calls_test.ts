import assert from "node:assert/strict";
import { FileCalls } from "../../../../core/ffi/file_calls.ts";
import { readFileStart, readRegularFile } from "../../../../core/files/mod.ts";
import { LvsctlError } from "../../../../core/errors/mod.ts";
import { makeFifo, makeSpecialFiles } from "../../../support/special_files.ts";

/** Number of reads while another program replaces the file. */
const READS = 2000;

Deno.test("FileCalls opens a regular file, also one through a link, and a directory", async () => {
  await using special = await makeSpecialFiles();
  using files = new FileCalls();
  for (const path of [special.regular, special.link]) {
    using file = files.openForReading(path);
    const bytes = new Uint8Array(100);
    assert.equal(new TextDecoder().decode(bytes.subarray(0, file.readSync(bytes) ?? 0)), "content\n");
  }
  using directory = files.openForReading(special.directory);
  assert.equal(directory.statSync().isDirectory, true);
});

Deno.test("FileCalls refuses at once what is no regular file, a named pipe without a writer included", async () => {
  await using special = await makeSpecialFiles();
  using files = new FileCalls();
  const refused = [[special.fifo, "a named pipe"], [special.linkToFifo, "a named pipe"], ["/dev/zero", "a device"]];
  for (const [path = "", kind] of refused) {
    assert.throws(
      () => files.openForReading(path),
      new LvsctlError(`it is ${kind}, not a regular file`, { operation: "read", object: path }),
    );
  }
  assert.throws(() => files.openForReading(special.socket), { errno: "ENXIO" });
  assert.throws(() => files.openForReading(special.danglingLink), Deno.errors.NotFound);
  assert.throws(() => files.openForReading(`${special.regular}/x`), Deno.errors.NotADirectory);
});

Deno.test("FileCalls knows whether a pipe takes bytes, and that a write to a closed one does not wait", async () => {
  using files = new FileCalls();
  await using special = await makeSpecialFiles();
  // Opening for both directions never waits; the pipe is this process's own.
  using pipe = Deno.openSync(special.fifo, { read: true, write: true });
  const descriptor = [...Deno.readDirSync("/proc/self/fd")].map(({ name }) => Number(name))
    .find((number) => linkOf(number) === special.fifo) ?? -1;
  assert.equal(files.canWrite(descriptor), true);
  const page = new Uint8Array(4096);
  let pages = 0;
  for (; files.canWrite(descriptor) && pages < 1000; pages++) pipe.writeSync(page);
  assert.equal(pages, 16, "a pipe has 64 KiB");
  assert.equal(files.canWrite(descriptor, { waitMs: 0.25 }), false, "a part of a millisecond is a time, too");
  pipe.readSync(page);
  assert.equal(files.canWrite(descriptor), true);
  assert.equal(files.canWrite(1_000_000), true, "a closed descriptor fails, which is no wait");
});

function linkOf(descriptor: number): string {
  try {
    return Deno.readLinkSync(`/proc/self/fd/${descriptor}`);
  } catch {
    // The descriptor of the listing itself.
    return "";
  }
}

Deno.test("a file that another program replaces by a named pipe, again and again, is never waited for", async () => {
  await using special = await makeSpecialFiles();
  using files = new FileCalls();
  const { directory, regular } = special;
  makeFifo(`${directory}/pipe`);
  Deno.writeTextFileSync(`${directory}/file`, "content\n");
  // Each rename replaces the file by the pipe, or by the file, in one step.
  const script = `let first = true; for (;;) for (const name of ["pipe", "file"]) {
    Deno.linkSync(name, "new");
    Deno.renameSync("new", ${JSON.stringify(regular)});
    if (first) Deno.stdout.writeSync(new Uint8Array(1));
    first = false;
  }`;
  await using swapping = new Deno.Command(Deno.execPath(), {
    args: ["eval", script],
    cwd: directory,
    stdout: "piped",
  }).spawn();
  const output = swapping.stdout.getReader();
  await output.read();
  const open = (path: string): Deno.FsFile => files.openForReading(path);
  const outcomes = new Map<string, number>();
  const count = (outcome: string): void => void outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
  for (let read = 0; read < READS; read++) {
    try {
      count(new TextDecoder().decode(readRegularFile(regular, { open })));
    } catch (error) {
      if (!(error instanceof LvsctlError)) throw error;
      count(error.reason);
    }
    if (read % 10 === 0) {
      try {
        count((await readFileStart(regular, { maxBytes: 10, open })) === undefined ? "none" : "some");
      } catch (error) {
        if (!(error instanceof LvsctlError)) throw error;
        count(error.reason);
      }
    }
  }
  await output.cancel();
  swapping.kill("SIGKILL");
  await swapping.status;
  const known = [
    "content\n",
    "it is a named pipe, not a regular file",
    "another file has replaced it meanwhile",
    "none",
    "some",
  ];
  assert.deepEqual([...outcomes.keys()].filter((outcome) => !known.includes(outcome)), []);
  assert.ok((outcomes.get("content\n") ?? 0) > 0 && (outcomes.get(known[1] ?? "") ?? 0) > 0);
});
