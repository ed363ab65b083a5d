/**
 * The program for arm64, compiled on this machine and run by qemu: as far as that goes without a kernel for arm64.
 *
 * @module
 */
import assert from "node:assert/strict";
import { crossCompile } from "../../packaging/package/cross_compile.ts";
import { RUNTIME_FLAGS } from "../../packaging/runtime_flags.ts";
import { ROOT } from "../suite.ts";
import { onlyEntry, run } from "./support.ts";

/** Where Debian has the libraries of arm64 for cross compilers. */
const EMULATOR = ["qemu-aarch64-static", "-L", "/usr/aarch64-linux-gnu"];

Deno.test("the program for arm64: the launcher unpacks it, and its runtime runs its bundle, under qemu", async () => {
  const cache = await Deno.makeTempDir({ prefix: "lvsctl-arm64-" });
  try {
    const program = await crossCompile({ directory: `${ROOT}/dist/arm64` });
    // This machine's kernel cannot start the runtime that it has unpacked.
    const launched = await run([...EMULATOR, program, "version"], { env: { LVSCTL_CACHE_DIR: cache } });
    assert.equal(launched.code, 126);
    assert.match(launched.stderr, /Exec format error/);
    const unpacked = await onlyEntry(cache);
    const file = `${cache}/file.yaml`;
    await Deno.writeTextFile(
      file,
      "version: 1\nservices:\n  - { listen: tcp://192.0.2.10:80, servers: [10.0.0.11] }\n",
    );
    const runtime = [...EMULATOR, `${unpacked}/lvsctl`, ...RUNTIME_FLAGS, `${unpacked}/lvsctl.js`];
    const checked = await run([...runtime, "config", "check", file], { env: { DENO_DIR: `${cache}/deno` } });
    assert.deepEqual({ code: checked.code, stderr: checked.stderr }, { code: 0, stderr: "" });
    assert.match(checked.stdout, /: valid \(virtual services: 1, real servers: 1\)\n$/);
  } finally {
    await Deno.remove(cache, { recursive: true });
  }
});
