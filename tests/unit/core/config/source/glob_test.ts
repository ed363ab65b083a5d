import assert from "node:assert/strict";
import { expandPattern, isPattern, resolvePath } from "../../../../../core/config/source/glob.ts";

const DIRECTORIES: Readonly<Record<string, readonly string[]>> = {
  ".": ["lvs.d", "b.yaml", "a.yaml", ".hidden.yaml"],
  "lvs.d": ["z.yaml", "a.yaml", "a.yaml~", "a+b.yaml"],
  "/etc": ["lvs", "lvs2", "other"],
  "/etc/lvs": ["one.yaml"],
  "/etc/lvs2": ["two.yaml", "\u{1f600}.yaml"],
};

function expand(pattern: string): readonly string[] {
  return expandPattern(pattern, (directory) => DIRECTORIES[directory] ?? []);
}

Deno.test("expandPattern lists the matching names of a directory, sorted, hidden ones only for a leading dot", () => {
  assert.deepEqual(expand("*.yaml"), ["a.yaml", "b.yaml"]);
  assert.deepEqual(expand(".*.yaml"), [".hidden.yaml"]);
  assert.deepEqual(expand("lvs.d/*.yaml"), ["lvs.d/a+b.yaml", "lvs.d/a.yaml", "lvs.d/z.yaml"]);
  assert.deepEqual(expand("lvs.d/?.yaml"), ["lvs.d/a.yaml", "lvs.d/z.yaml"]);
  assert.deepEqual(expand("lvs.d/a+*"), ["lvs.d/a+b.yaml"]);
  assert.deepEqual(expand("lvs.d/*.txt"), []);
  assert.deepEqual(expand("nowhere/*"), []);
});

Deno.test("expandPattern accepts patterns in directories, and absolute paths", () => {
  assert.deepEqual(expand("/etc/lvs*/*.yaml"), ["/etc/lvs/one.yaml", "/etc/lvs2/two.yaml", "/etc/lvs2/\u{1f600}.yaml"]);
  assert.deepEqual(expand("/etc/lvs?/?.yaml"), ["/etc/lvs2/\u{1f600}.yaml"]);
  assert.deepEqual(expand("*/a.yaml"), ["a.yaml/a.yaml", "b.yaml/a.yaml", "lvs.d/a.yaml"]);
});

Deno.test("isPattern recognises wildcards, and resolvePath resolves a path in a file", () => {
  assert.deepEqual(["a.yaml", "a*.yaml", "?", "[a].yaml"].map(isPattern), [false, true, true, false]);
  assert.equal(resolvePath("web.yaml", "lvs.d/a.yaml"), "lvs.d/a.yaml");
  assert.equal(resolvePath("/etc/lvs/web.yaml", "lvs.d/a.yaml"), "/etc/lvs/lvs.d/a.yaml");
  assert.equal(resolvePath("../web.yaml", "../a.yaml"), "../../a.yaml");
  assert.equal(resolvePath("/etc/lvs/web.yaml", "/srv/a.yaml"), "/srv/a.yaml");
  assert.equal(resolvePath("", "a.yaml"), "a.yaml");
});
