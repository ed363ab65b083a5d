import assert from "node:assert/strict";
import { isLoadable, loadModule, tryLoadModule } from "../../../../core/host/mod.ts";

/** Runs a test with a loader that is a shell script. */
async function withLoader(script: string | undefined, run: (loaderFile: string) => void): Promise<void> {
  const directory = await Deno.makeTempDir();
  try {
    const loader = `${directory}/modprobe`;
    if (script !== undefined) await Deno.writeTextFile(loader, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    await Deno.writeTextFile(`${directory}/path`, `${loader}\n`);
    run(`${directory}/path`);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

Deno.test("loadModule() runs the kernel's loader with the module, and returns its message on one line", async () => {
  await withLoader('[ "$*" = "-- ip_vs" ]', (loaderFile) => assert.equal(loadModule("ip_vs", { loaderFile }), ""));
  await withLoader("echo one >&2; echo two >&2; exit 1", (loaderFile) => {
    assert.equal(loadModule("ip_vs", { loaderFile }), "loading its module failed: one; two");
  });
  await withLoader("exit 1", (loaderFile) => {
    assert.equal(loadModule("ip_vs", { loaderFile }), "loading its module failed");
  });
});

Deno.test("tryLoadModule() returns the loader's standard error unchanged", async () => {
  await withLoader("echo one >&2; echo two >&2; exit 1", (loaderFile) => {
    const load = tryLoadModule("ip_vs", { loaderFile });
    assert.deepEqual(load, { problem: "loading its module failed: one; two", output: "one\ntwo\n" });
  });
});

Deno.test("tryLoadModule() runs the default loader if the kernel names none", async () => {
  await withLoader("echo none >&2; exit 1", (loaderFile) => {
    const options = { loaderFile: "/nonexistent", defaultLoader: Deno.readTextFileSync(loaderFile).trim() };
    assert.equal(tryLoadModule("ip_vs", options).output, "none\n");
    assert.equal(isLoadable("ip_vs", options), undefined);
  });
});

Deno.test("isLoadable() asks the loader without loading, and requires the files that it names", async () => {
  const answers = `case "$*" in
  "-D -q -- ip_vs_mh") printf 'builtin nf_conntrack\\ninsmod /proc/version a=1\\n' ;;
  "-D -q -- ip_vs_gone") printf 'insmod /proc/version\\ninsmod /nonexistent/ip_vs.ko\\n' ;;
  *) exit 1 ;;
esac`;
  await withLoader(answers, (loaderFile) => {
    assert.equal(isLoadable("ip_vs_mh", { loaderFile }), true);
    assert.equal(isLoadable("ip_vs_gone", { loaderFile }), false);
    assert.equal(isLoadable("ip_vs_nope", { loaderFile }), false);
  });
});

Deno.test("loadModule() and isLoadable() report a loader that cannot be run, or that the kernel does not name", async () => {
  await withLoader(undefined, (loaderFile) => {
    assert.match(loadModule("ip_vs", { loaderFile }), /modprobe cannot be run$/);
    assert.equal(isLoadable("ip_vs", { loaderFile }), undefined);
  });
  const options = { loaderFile: "/nonexistent", defaultLoader: "/nonexistent/modprobe" };
  assert.equal(loadModule("ip_vs", options), "/nonexistent/modprobe cannot be run");
  assert.equal(isLoadable("ip_vs", { loaderFile: "/nonexistent" }), undefined);
});
