import assert from "node:assert/strict";
import { invokedAs, restoreEnvironment } from "../../../cli/invocation.ts";

const NAMES = [
  "LVSCTL_ARGV0",
  "LVSCTL_BUNDLE",
  "LVSCTL_CODE_KEPT",
  "LVSCTL_HOME",
  "LVSCTL_ALLOCATOR",
  "LVSCTL_OUTPUT_CLOSED",
  "MALLOC_ARENA_MAX",
  "MALLOC_TRIM_THRESHOLD_",
  "HOME",
  "DENO_DIR",
  "DENO_NO_UPDATE_CHECK",
  "DENO_NO_PACKAGE_JSON",
  "DENO_DISABLE_NODE_SHIM",
  "DENO_LOG",
];

/** Sets exactly these of the launcher's variables until the end of the block. */
function environment(variables: Record<string, string>): Disposable {
  const before = NAMES.map((name) => [name, Deno.env.get(name)] as const);
  for (const name of NAMES) Deno.env.delete(name);
  for (const [name, value] of Object.entries(variables)) Deno.env.set(name, value);
  return {
    [Symbol.dispose](): void {
      for (const [name, value] of before) {
        if (value === undefined) Deno.env.delete(name);
        else Deno.env.set(name, value);
      }
    },
  };
}

Deno.test("invokedAs() knows the names that are commands of their own", () => {
  for (const name of ["ipvsadm", "ipvsadm-save", "ipvsadm-restore", "lvsctl"]) {
    using _environment = environment({ LVSCTL_ARGV0: name });
    assert.equal(invokedAs(), name);
  }
});

Deno.test("invokedAs() takes the file's name of a path", () => {
  using _environment = environment({ LVSCTL_ARGV0: "/usr/local/sbin/ipvsadm-save" });
  assert.equal(invokedAs(), "ipvsadm-save");
});

Deno.test("invokedAs() answers lvsctl for any other name", () => {
  for (const name of ["", "/", "lvsctl-0.1", "ipvsadm2", "xipvsadm", "IPVSADM"]) {
    using _environment = environment({ LVSCTL_ARGV0: name });
    assert.equal(invokedAs(), "lvsctl", name);
  }
});

Deno.test("invokedAs() answers lvsctl when it runs from source", () => {
  using _environment = environment({});
  assert.equal(invokedAs(), "lvsctl");
});

Deno.test("restoreEnvironment() gives HOME back and removes what the launcher set", () => {
  using _environment = environment({
    LVSCTL_ARGV0: "lvsctl",
    LVSCTL_BUNDLE: "/proc/self/fd/6",
    LVSCTL_CODE_KEPT: "1",
    LVSCTL_HOME: "/root",
    LVSCTL_ALLOCATOR: "MALLOC_ARENA_MAX MALLOC_TRIM_THRESHOLD_",
    LVSCTL_OUTPUT_CLOSED: "1",
    MALLOC_ARENA_MAX: "1",
    MALLOC_TRIM_THRESHOLD_: "1",
    HOME: "/proc/none",
    DENO_DIR: "/var/cache/lvsctl/0/deno",
    DENO_NO_UPDATE_CHECK: "1",
    DENO_NO_PACKAGE_JSON: "1",
    DENO_DISABLE_NODE_SHIM: "1",
    DENO_LOG: "error,deno::cache=off",
  });
  restoreEnvironment();
  assert.deepEqual(NAMES.filter((name) => Deno.env.has(name)), ["HOME"]);
  assert.equal(Deno.env.get("HOME"), "/root");
});

Deno.test("restoreEnvironment() leaves a setting of the C library that the user made", () => {
  using _environment = environment({ LVSCTL_ARGV0: "lvsctl", MALLOC_ARENA_MAX: "2" });
  restoreEnvironment();
  assert.equal(Deno.env.get("MALLOC_ARENA_MAX"), "2");
});

Deno.test("restoreEnvironment() leaves no HOME where there was none", () => {
  using _environment = environment({ LVSCTL_ARGV0: "lvsctl", HOME: "/proc/none" });
  restoreEnvironment();
  assert.equal(Deno.env.has("HOME"), false);
});

Deno.test("restoreEnvironment() changes nothing without a launcher", () => {
  using _environment = environment({ HOME: "/root", DENO_DIR: "/somewhere" });
  restoreEnvironment();
  assert.equal(Deno.env.get("HOME"), "/root");
  assert.equal(Deno.env.get("DENO_DIR"), "/somewhere");
});
