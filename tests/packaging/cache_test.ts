import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { entries, modeOf, onlyEntry, report, reportWithComplaint, run, TEST_BUNDLES, Workshop } from "./support.ts";

/** What is in the directory of a filled cache. */
const FILLED = [
  ...["boot.js", "deno", "lock", "lvsctl", "verified"],
  ...TEST_BUNDLES.flatMap(({ name, apart }) => apart.length > 0 ? [`${name}.js`, `${name}-piece.js`] : [`${name}.js`]),
].sort();
const NOBODY = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"];
const NOBODY_ID = 65534;
const UNSAFE = "it must belong to you or to root, and only its owner may write in it (chmod go-w)";
const NOT_A_DIRECTORY = "it must be a directory, not a link";
const UNSAFE_ABOVE = "each directory above it must belong to you or to root, and others may not write in it";

let workshop: Workshop;
/** A cache that is as it should be; tests leave it so. */
let sharedCache: string;

Deno.test.beforeAll(async () => {
  workshop = await Workshop.open();
  sharedCache = await workshop.makeCache();
});
Deno.test.afterAll(async () => await workshop[Symbol.asyncDispose]());

/** Asserts that a start runs from memory and says why in exactly this line. */
async function assertFromMemory(base: string, why: { path: string; reason: string }): Promise<void> {
  const started = await reportWithComplaint([workshop.executable, "x"], { env: { LVSCTL_CACHE_DIR: base } });
  assert.equal(
    started.complaint,
    `lvsctl: cannot use the cache directory ${why.path}: ${why.reason}; running from memory\n`,
  );
  assert.equal(started.report.runtime, "/memfd:lvsctl (deleted)");
  assert.equal(started.report.environment["DENO_DIR"], "/proc/none");
  assert.deepEqual(started.report.args, ["x"]);
}

/** Asserts that a start uses this cache and complains about nothing. */
async function assertFromCache(base: string, command: readonly string[] = []): Promise<void> {
  const { runtime, module } = await report([...command, workshop.executable], { env: { LVSCTL_CACHE_DIR: base } });
  const directory = await onlyEntry(base);
  assert.equal(runtime, `${directory}/lvsctl`);
  assert.equal(module, `${directory}/lvsctl.js`);
}

/** Runs a shell script with mounts of its own; `$0` is the executable, `$1` an empty directory. */
async function withMounts(script: string, env: Record<string, string> = {}): Promise<string[]> {
  const directory = await workshop.makeDirectory();
  const { code, stdout, stderr } = await run(
    ["unshare", "--mount", "sh", "-ec", script, workshop.executable, directory],
    { env: { ...env, LVSCTL_CACHE_DIR: env["LVSCTL_CACHE_DIR"] ?? `${directory}/cache` } },
  );
  assert.equal(code, 0, stderr);
  const runtimes = stdout.trim().split("\n").map((line) => (JSON.parse(line) as { runtime: string }).runtime);
  return [...runtimes, stderr].map((text) => text.replaceAll(directory, "DIR"));
}

Deno.test("a first start fills the cache, whatever the mask, and leaves the program the mask", async () => {
  for (const mask of ["0000", "0077"]) {
    const base = workshop.newPath();
    const command = ["sh", "-c", `umask ${mask}; exec "$0"`, workshop.executable];
    assert.equal((await report(command, { env: { LVSCTL_CACHE_DIR: base } })).mask, mask);

    const directory = await onlyEntry(base);
    assert.match(directory, /\/[0-9a-f]{16}$/);
    assert.deepEqual(await entries(directory), FILLED);
    assert.equal(await modeOf(base), "40755");
    assert.equal(await modeOf(directory), "40755");
    assert.equal(await modeOf(`${directory}/lvsctl`), "100755");
    assert.equal(await modeOf(`${directory}/lvsctl.js`), "100644");
    assert.equal(await modeOf(`${directory}/boot.js`), "100644");
    assert.equal(await modeOf(`${directory}/deno`), "40700");
    assert.equal(await modeOf(`${directory}/lock`), "100600");
  }
});

Deno.test("the runtime is unpacked byte for byte, so that its addresses are drawn at each start", async () => {
  const unpacked = await Deno.readFile(`${await onlyEntry(sharedCache)}/lvsctl`);
  const runtime = await Deno.readFile(Deno.execPath());
  assert.ok(unpacked.length === runtime.length && unpacked.every((byte, index) => byte === runtime[index]));
});

Deno.test("a second start uses what is there", async () => {
  const directory = await onlyEntry(sharedCache);
  const before = await Deno.stat(`${directory}/lvsctl`);
  await assertFromCache(sharedCache);
  const after = await Deno.stat(`${directory}/lvsctl`);
  assert.deepEqual([after.ino, after.mtime], [before.ino, before.mtime]);
});

Deno.test("the cache's path may have any characters", async () => {
  const base = `${await workshop.makeDirectory()}/a b%20#?:\u00fc`;
  await assertFromCache(base);
  const { runtime } = await report([workshop.executable], { env: { LVSCTL_CACHE_DIR: `${base}//` } });
  assert.equal(runtime, `${await onlyEntry(base)}/lvsctl`);
});

Deno.test("eight first starts at once all work, and fill the cache once", async () => {
  const base = workshop.newPath();
  const starts = Array.from({ length: 8 }, (_, index) => {
    return report([workshop.executable, String(index)], { env: { LVSCTL_CACHE_DIR: base } });
  });
  const reports = await Promise.all(starts);
  const directory = await onlyEntry(base);
  assert.deepEqual(reports.map(({ args }) => args), reports.map((_, index) => [String(index)]));
  assert.deepEqual(new Set(reports.map(({ runtime }) => runtime)), new Set([`${directory}/lvsctl`]));
  assert.deepEqual(await entries(directory), FILLED);
});

Deno.test("a start removes what an interrupted one left", async () => {
  const base = await workshop.makeCache();
  const directory = await onlyEntry(base);
  await Deno.rename(`${directory}/lvsctl`, `${directory}/lvsctl.new`);
  await Deno.truncate(`${directory}/lvsctl.new`, 1_000_000);
  await Deno.symlink("/etc/passwd", `${directory}/lvsctl.js.new`);
  await Deno.remove(`${directory}/lvsctl.js`);
  await assertFromCache(base);
  assert.deepEqual(await entries(directory), FILLED);
});

Deno.test("a file that is not as it was written is replaced, and never run", async () => {
  const base = await workshop.makeCache();
  const directory = await onlyEntry(base);
  const bundle = `${directory}/lvsctl.js`;
  const runtime = `${directory}/lvsctl`;
  const good = await Deno.readTextFile(bundle);
  const evil = await Deno.makeTempFile({ dir: workshop.directory });
  await Deno.writeTextFile(evil, "console.log('evil');".padEnd(good.length));

  const damages: Record<string, () => Promise<void>> = {
    "cut off": () => Deno.truncate(bundle, good.length - 1),
    "longer": () => Deno.writeTextFile(bundle, "\n", { append: true }),
    "missing": () => Deno.remove(bundle),
    "writable by others": () => Deno.chmod(bundle, 0o666),
    "of somebody else": () => Deno.chown(bundle, NOBODY_ID, NOBODY_ID),
    "a link": async () => {
      await Deno.remove(bundle);
      await Deno.symlink(evil, bundle);
    },
    "full of zeros": () => fillWithZeros(bundle),
    "a runtime full of zeros": () => fillWithZeros(runtime),
    "a runtime with another byte": async () => {
      using file = await Deno.open(runtime, { write: true });
      await file.seek(50_000_000, Deno.SeekMode.Start);
      await file.write(new Uint8Array([0, 1, 2, 3]));
    },
    "a runtime that is cut off": () => Deno.truncate(runtime, 4096),
    "a runtime that cannot be executed": () => Deno.chmod(runtime, 0o644),
    "a runtime that is set-user-ID": () => Deno.chmod(runtime, 0o4755),
  };
  for (const [what, damage] of Object.entries(damages)) {
    await damage();
    await assertFromCache(base);
    assert.equal(await Deno.readTextFile(bundle), good, what);
    assert.equal(await modeOf(bundle), "100644", what);
    assert.equal(await modeOf(runtime), "100755", what);
    assert.equal((await Deno.lstat(bundle)).uid, Deno.uid(), what);
  }
  assert.match(await Deno.readTextFile(evil), /^console\.log\('evil'\); +$/);
});

/** Fills a file with zeros, as after a power failure; size and time of modification stay. */
async function fillWithZeros(path: string): Promise<void> {
  const { size, mtime, atime } = await Deno.stat(path);
  await Deno.truncate(path, 0);
  await Deno.truncate(path, size);
  await Deno.utime(path, atime ?? 0, mtime ?? 0);
}

Deno.test("the content of all parts is verified after each boot, and a damaged part is replaced", async () => {
  const base = await workshop.makeCache();
  const directory = await onlyEntry(base);
  const good = await Deno.readTextFile(`${directory}/boot.js`);
  const record = await Deno.readFile(`${directory}/verified`);
  const script = `printf %s ${
    "0".repeat(36)
  } >"$1/id"; mount --bind "$1/id" /proc/sys/kernel/random/boot_id; exec "$0"`;
  const [runtime, complaint] = await withMounts(script, { LVSCTL_CACHE_DIR: base });
  assert.deepEqual([runtime, complaint], [`${directory}/lvsctl`, ""]);
  const other = await Deno.readFile(`${directory}/verified`);
  assert.equal(new TextDecoder().decode(other.subarray(0, 36)), "0".repeat(36));
  assert.deepEqual(other.subarray(40), record.subarray(40), "no part was written again");

  // A record of another boot proves nothing, even about files that it describes.
  await fillWithZeros(`${directory}/boot.js`);
  await assertFromCache(base);
  assert.equal(await Deno.readTextFile(`${directory}/boot.js`), good);
  assert.deepEqual((await Deno.readFile(`${directory}/verified`)).subarray(0, 36), record.subarray(0, 36));
});

Deno.test("a start trusts no record that is a link, is cut off, or that others can write", async () => {
  const base = await workshop.makeCache();
  const directory = await onlyEntry(base);
  const record = `${directory}/verified`;
  const good = await Deno.readFile(record);
  const damages: Record<string, () => Promise<void>> = {
    "missing": () => Deno.remove(record),
    "cut off": () => Deno.truncate(record, 100),
    "empty": () => Deno.truncate(record, 0),
    "writable by others": () => Deno.chmod(record, 0o666),
    "a link": async () => {
      await Deno.rename(record, `${directory}/deno/record`);
      await Deno.symlink(`${directory}/deno/record`, record);
    },
    "a named pipe": async () => {
      await Deno.remove(record);
      await run(["mkfifo", record]);
    },
  };
  for (const [what, damage] of Object.entries(damages)) {
    await damage();
    await assertFromCache(base);
    assert.deepEqual(await Deno.readFile(record), good, what);
    assert.equal(await modeOf(record), "100644", what);
  }
});

Deno.test("another user does not run what is damaged in root's cache", async () => {
  const base = await workshop.makeCache();
  const directory = await onlyEntry(base);
  const env = { LVSCTL_CACHE_DIR: base };
  await Deno.remove(`${directory}/verified`);
  assert.equal((await report([...NOBODY, workshop.executable], { env })).runtime, `${directory}/lvsctl`);
  await fillWithZeros(`${directory}/lvsctl`);
  const started = await reportWithComplaint([...NOBODY, workshop.executable], { env });
  assert.equal(started.report.runtime, "/memfd:lvsctl (deleted)");
  assert.match(started.complaint, /it has no valid copy of this version, and belongs to root; running from memory\n$/);
});

Deno.test("a cache directory that others could change is not used", async () => {
  for (const mode of [0o777, 0o1777, 0o775, 0o757]) {
    const base = await workshop.makeDirectory(mode);
    await assertFromMemory(base, { path: base, reason: UNSAFE });
    assert.deepEqual(await entries(base), []);
  }
});

Deno.test("a cache directory of somebody else is not used", async () => {
  const base = await workshop.makeDirectory();
  await Deno.chown(base, NOBODY_ID, NOBODY_ID);
  await assertFromMemory(base, { path: base, reason: UNSAFE });
  assert.deepEqual(await entries(base), []);
});

Deno.test("a cache directory that is a link or a file is not used", async () => {
  const target = await workshop.makeDirectory();
  const link = workshop.newPath();
  await Deno.symlink(target, link);
  await assertFromMemory(link, { path: link, reason: NOT_A_DIRECTORY });
  await assertFromMemory(`${link}/`, { path: link, reason: NOT_A_DIRECTORY });
  assert.deepEqual(await entries(target), []);

  const file = workshop.newPath();
  await Deno.writeTextFile(file, "");
  await assertFromMemory(file, { path: file, reason: NOT_A_DIRECTORY });
});

Deno.test("a cache directory below one that others could change is not used", async () => {
  const open = await workshop.makeDirectory(0o777);
  const base = `${open}/cache`;
  await assertFromMemory(base, { path: base, reason: UNSAFE_ABOVE });

  const link = workshop.newPath();
  await Deno.symlink(open, link);
  await assertFromMemory(`${link}/cache`, { path: `${link}/cache`, reason: UNSAFE_ABOVE });

  const foreignLink = workshop.newPath();
  await Deno.symlink(await workshop.makeDirectory(), foreignLink);
  await run(["chown", "--no-dereference", String(NOBODY_ID), foreignLink]);
  await assertFromMemory(`${foreignLink}/cache`, { path: `${foreignLink}/cache`, reason: UNSAFE_ABOVE });
  assert.deepEqual(await entries(open), []);
});

Deno.test("a cache directory below a link of ours or a sticky directory is used", async () => {
  const link = workshop.newPath();
  await Deno.symlink(await workshop.makeDirectory(), link);
  const { runtime } = await report([workshop.executable], { env: { LVSCTL_CACHE_DIR: `${link}/cache` } });
  assert.equal(runtime.startsWith(await Deno.realPath(link)), true);
  await assertFromCache(`${await workshop.makeDirectory(0o1777)}/cache`);
});

Deno.test("a key directory that others could have made is not used", async () => {
  const key = (await onlyEntry(sharedCache)).slice(sharedCache.length + 1);
  const base = await workshop.makeDirectory();
  const directory = `${base}/${key}`;
  await Deno.symlink(await onlyEntry(sharedCache), directory);
  await assertFromMemory(base, { path: directory, reason: NOT_A_DIRECTORY });

  await Deno.remove(directory);
  await Deno.mkdir(directory);
  await Deno.chmod(directory, 0o777);
  await assertFromMemory(base, { path: directory, reason: UNSAFE });

  await Deno.chmod(directory, 0o755);
  await Deno.chown(directory, NOBODY_ID, NOBODY_ID);
  await assertFromMemory(base, { path: directory, reason: UNSAFE });
  assert.deepEqual(await entries(directory), []);
});

Deno.test("a code cache that others can reach is not used", async () => {
  const base = await workshop.makeCache();
  const codeCache = `${await onlyEntry(base)}/deno`;
  const env = { LVSCTL_CACHE_DIR: base };
  assert.equal((await report([workshop.executable], { env })).environment["DENO_DIR"], codeCache);

  await Deno.chmod(codeCache, 0o755);
  assert.equal((await report([workshop.executable], { env })).environment["DENO_DIR"], "/proc/none");

  await Deno.remove(codeCache, { recursive: true });
  await Deno.symlink(await workshop.makeDirectory(0o700), codeCache);
  assert.equal((await report([workshop.executable], { env })).environment["DENO_DIR"], "/proc/none");
});

Deno.test("compiled code is kept for the next start", async () => {
  const base = await workshop.makeCache();
  using database = new DatabaseSync(`${await onlyEntry(base)}/deno/v8_code_cache_v2`, { readOnly: true });
  const row = database.prepare("SELECT specifier, length(data) > 0 AS filled FROM codecache").get();
  assert.deepEqual({ ...row }, { specifier: new URL(`file://${await onlyEntry(base)}/lvsctl.js`).href, filled: 1 });
});

Deno.test("after three starts a program knows that its code is kept, if its bundle ends at once", async () => {
  const base = await workshop.makeCache();
  const isKept = async (word: string): Promise<boolean> =>
    (await report([workshop.executable, word], { env: { LVSCTL_CACHE_DIR: base } })).environment["LVSCTL_CODE_KEPT"] ===
      "1";
  for (const { name, firstArguments: [word], endsAtOnce } of TEST_BUNDLES.filter(({ keepsCode }) => keepsCode)) {
    if (word === undefined) continue;
    const starts = [await isKept(word), await isKept(word), await isKept(word), await isKept(word)];
    assert.deepEqual(starts, [false, false, false, endsAtOnce], name);
  }
});

Deno.test("after a boot, when a database of compiled code may have been damaged, starts keep their code again", async () => {
  const base = await workshop.makeCache();
  const row = TEST_BUNDLES.find(({ endsAtOnce, firstArguments }) => endsAtOnce && firstArguments.length > 0);
  const word = row?.firstArguments[0] ?? "";
  const isKept = async (): Promise<boolean> =>
    (await report([workshop.executable, word], { env: { LVSCTL_CACHE_DIR: base } })).environment["LVSCTL_CODE_KEPT"] ===
      "1";
  for (let start = 0; start < 3; start++) assert.equal(await isKept(), false);
  assert.equal(await isKept(), true);
  // As after a boot: the content of the cache is verified again.
  await Deno.remove(`${await onlyEntry(base)}/verified`);
  for (let start = 0; start < 3; start++) assert.equal(await isKept(), false);
  assert.equal(await isKept(), true);
});

Deno.test("the next start merges the log of compiled code, once after each addition", async () => {
  const base = await workshop.makeCache();
  const directory = `${await onlyEntry(base)}/deno`;
  const logBytes = async (): Promise<number> => {
    const logs = (await entries(directory)).filter((name) => name.endsWith("-wal"));
    return (await Promise.all(logs.map((name) => Deno.stat(`${directory}/${name}`)))).reduce(
      (sum, { size }) => sum + size,
      0,
    );
  };
  const start = (...args: string[]): Promise<unknown> =>
    report([workshop.executable, ...args], { env: { LVSCTL_CACHE_DIR: base } });
  const merged = async (): Promise<number | undefined> => (await Deno.stat(`${directory}/merged`)).mtime?.getTime();
  assert.ok(await logBytes() > 0);
  await start();
  assert.equal(await logBytes(), 0);
  const first = await merged();
  await start();
  assert.deepEqual([await merged(), await logBytes()], [first, 0]);
  using database = new DatabaseSync(`${directory}/v8_code_cache_v2`, { readOnly: true });
  assert.equal(database.prepare("SELECT count(*) AS count FROM codecache").get()?.["count"], 1);
});

Deno.test("a log that cannot be merged is left, and is tried again only when it has changed", async () => {
  const base = await workshop.makeCache();
  const directory = `${await onlyEntry(base)}/deno`;
  const log = `${directory}/v8_code_cache_v2-wal`;
  const start = (): Promise<unknown> => report([workshop.executable], { env: { LVSCTL_CACHE_DIR: base } });
  {
    // A reader of what the database had before the log.
    using reader = new DatabaseSync(`${directory}/v8_code_cache_v2`);
    reader.exec("BEGIN; SELECT count(*) FROM codecache");
    await start();
    const { mtime } = await Deno.stat(`${directory}/merged`);
    await start();
    assert.deepEqual((await Deno.stat(`${directory}/merged`)).mtime, mtime);
    assert.ok((await Deno.stat(log)).size > 0);
  }
});

Deno.test("a path that cannot be a cache directory is named", async () => {
  const relative = "LVSCTL_CACHE_DIR must be an absolute path";
  await assertFromMemory("cache", { path: "cache", reason: relative });
  const noName = "LVSCTL_CACHE_DIR must end in the name of a directory";
  await assertFromMemory("/", { path: "/", reason: noName });
  await assertFromMemory("/tmp/..", { path: "/tmp/..", reason: noName });
  const absent = workshop.newPath();
  await assertFromMemory(`${absent}/cache`, { path: absent, reason: "No such file or directory" });
  const long = `/${"x".repeat(5000)}`;
  await assertFromMemory(long, { path: long, reason: "File name too long" });
});

Deno.test("another user runs from root's cache, without its code cache", async () => {
  const env = { LVSCTL_CACHE_DIR: sharedCache };
  const { runtime, module, environment } = await report([...NOBODY, workshop.executable], { env });
  const directory = await onlyEntry(sharedCache);
  assert.equal(runtime, `${directory}/lvsctl`);
  assert.equal(module, `${directory}/boot.js`);
  assert.equal(environment["LVSCTL_BUNDLE"], `${directory}/lvsctl.js`);
  assert.equal(environment["DENO_DIR"], "/proc/none");
});

Deno.test("the runtime says nothing on a terminal about caches that it cannot have", async () => {
  const env = { LVSCTL_CACHE_DIR: sharedCache };
  const { stdout } = await run(["script", "-qec", `${NOBODY.join(" ")} ${workshop.executable}`, "/dev/null"], { env });
  const [line = "", ...more] = stdout.trimEnd().split("\r\n");
  assert.equal(JSON.parse(line).environment.DENO_DIR, "/proc/none");
  assert.deepEqual(more, []);
});

Deno.test("another user does not repair root's cache", async () => {
  const base = await workshop.makeCache();
  const directory = await onlyEntry(base);
  await Deno.remove(`${directory}/lvsctl.js`);
  const env = { LVSCTL_CACHE_DIR: base };
  const { report, complaint } = await reportWithComplaint([...NOBODY, workshop.executable], { env });
  assert.equal(report.runtime, "/memfd:lvsctl (deleted)");
  const reason = "it has no valid copy of this version, and belongs to root";
  assert.equal(complaint, `lvsctl: cannot use the cache directory ${directory}: ${reason}; running from memory\n`);
});

Deno.test("another user may have a cache of their own, which root does not use", async () => {
  const home = await workshop.makeDirectory();
  await Deno.chown(home, NOBODY_ID, NOBODY_ID);
  const base = `${home}/cache`;
  await assertFromCache(base, NOBODY);
  await assertFromMemory(base, { path: base, reason: UNSAFE_ABOVE });
});

Deno.test("a full disk is said, and the program runs from memory", async () => {
  const [runtime, complaint] = await withMounts('mount -t tmpfs -o size=1m,mode=755 tmpfs "$1" && exec "$0"');
  assert.equal(runtime, "/memfd:lvsctl (deleted)");
  assert.match(
    complaint ?? "",
    /^lvsctl: cannot use the cache directory DIR\/cache\/[0-9a-f]{16}: No space left on device; running from memory\n$/,
  );
});

Deno.test("a full disk is said for the default directory too, and leaves no file", async () => {
  const [runtime, complaint] = await withMounts(
    'mount -t tmpfs -o size=1m,mode=755 tmpfs /var/cache; "$0"; test -z "$(find /var/cache -type f -size +0)"',
    { LVSCTL_CACHE_DIR: "" },
  );
  assert.equal(runtime, "/memfd:lvsctl (deleted)");
  assert.match(complaint ?? "", /\/var\/cache\/lvsctl\/[0-9a-f]{16}: No space left on device; running from memory\n$/);
});

Deno.test("a file system mounted noexec is not used, and not filled", async () => {
  const script = 'mount -t tmpfs -o noexec,mode=755 tmpfs "$1"; "$0"; test -z "$(find "$1" -type f)"';
  const [runtime, complaint] = await withMounts(script);
  assert.equal(runtime, "/memfd:lvsctl (deleted)");
  assert.match(complaint ?? "", /: its file system is mounted noexec; running from memory\n$/);
});

Deno.test("a cache on a read-only file system is used as it is", async () => {
  const [first, second, complaint] = await withMounts(
    'mount -t tmpfs -o mode=755 tmpfs "$1"; "$0"; mount -o remount,ro "$1"; "$0"',
  );
  assert.match(first ?? "", /^DIR\/cache\/[0-9a-f]{16}\/lvsctl$/);
  assert.equal(second, first);
  assert.equal(complaint, "");
});

Deno.test("on a read-only file system without a cache the program runs from memory", async () => {
  const [runtime, complaint] = await withMounts('mount -t tmpfs -o ro,mode=755 tmpfs "$1"; "$0"');
  assert.equal(runtime, "/memfd:lvsctl (deleted)");
  assert.equal(
    complaint,
    "lvsctl: cannot use the cache directory DIR/cache: Read-only file system; running from memory\n",
  );
});

Deno.test("the default directory is made by root, used by everybody, and missed in silence", async () => {
  const asNobody = `${NOBODY.join(" ")} "$0"`;
  const results = await withMounts(
    `mount -t tmpfs -o mode=755 tmpfs /var/cache; ${asNobody}; "$0"; ${asNobody}; ` +
      'chmod 777 /var/cache/lvsctl; "$0"; mount -o remount,ro /var/cache; "$0"',
    { LVSCTL_CACHE_DIR: "" },
  );
  const cached = results.map((result) => /^\/var\/cache\/lvsctl\/[0-9a-f]{16}\/lvsctl$/.test(result));
  assert.deepEqual(cached, [false, true, true, false, false, false], results.join("\n"));
  assert.equal(results.at(-1), "");
});

Deno.test("a first start removes versions that were not used for a week, and nothing else", async () => {
  const base = await workshop.makeDirectory();
  const long = new Date(Date.now() - 8 * 24 * 3600 * 1000);
  for (const name of ["0123456789abcdef", "fedcba9876543210", "somebody-elses", "0123456789abcde"]) {
    await Deno.mkdir(`${base}/${name}/deno/npm`, { recursive: true });
    await Deno.writeTextFile(`${base}/${name}/lvsctl`, "");
    await Deno.writeTextFile(`${base}/${name}/deno/x`, "");
    if (name !== "fedcba9876543210") await Deno.utime(`${base}/${name}`, long, long);
  }
  const target = await workshop.makeDirectory();
  await Deno.writeTextFile(`${target}/precious`, "");
  await Deno.symlink(target, `${base}/0123456789abcdef/deno/link`);
  await Deno.utime(`${base}/0123456789abcdef`, long, long);
  await Deno.symlink(target, `${base}/aaaaaaaaaaaaaaaa`);

  const { runtime } = await report([workshop.executable], { env: { LVSCTL_CACHE_DIR: base } });
  const key = runtime.split("/").at(-2) ?? "";
  const kept = ["0123456789abcde", "aaaaaaaaaaaaaaaa", "fedcba9876543210", "somebody-elses", key].sort();
  assert.deepEqual(await entries(base), kept);
  assert.deepEqual(await entries(target), ["precious"]);
});

Deno.test("a start marks its version as used, once a day", async () => {
  const base = await workshop.makeCache();
  const directory = await onlyEntry(base);
  const long = new Date(Date.now() - 2 * 24 * 3600 * 1000);
  await Deno.utime(directory, long, long);
  await assertFromCache(base);
  const { mtime } = await Deno.stat(directory);
  assert.ok(mtime && mtime.getTime() > long.getTime() + 24 * 3600 * 1000);
});
