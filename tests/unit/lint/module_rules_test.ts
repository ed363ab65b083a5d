import assert from "node:assert/strict";
import { countOf } from "./lint.ts";

Deno.test("no-top-level-arrow-function reports arrows and function expressions at the top of a module", () => {
  for (
    const source of [
      "const add = (a: number): number => a;",
      "export const add = (a: number): number => a;",
      "const add = function (a: number): number { return a; };",
    ]
  ) assert.equal(countOf("no-top-level-arrow-function", source), 1, source);
});

Deno.test("no-top-level-arrow-function accepts functions, entries with a type, and arrows below the top", () => {
  for (
    const source of [
      "function add(a: number): number { return a; }",
      "export const add: Reader = (a) => a;",
      "const readers = { add: (a: number): number => a };",
      "function add(): void { const inner = (): void => {}; inner(); }",
    ]
  ) assert.equal(countOf("no-top-level-arrow-function", source), 0, source);
});

Deno.test("no-module-state reports let and var at the top of a module", () => {
  for (const source of ["let count = 0;", "export let count = 0;", "var count = 0;"]) {
    assert.equal(countOf("no-module-state", source), 1, source);
  }
});

Deno.test("no-module-state accepts constants, and let within a function", () => {
  assert.equal(countOf("no-module-state", "const COUNT = 0; function f(): void { let count = 0; count++; }"), 0);
  assert.equal(countOf("no-module-state", "let count = 0;", "tests/unit/a_test.ts"), 0);
});

Deno.test("nothing-at-import reports statements that run when a module is imported", () => {
  for (
    const source of [
      "start();",
      "await start();",
      "const config = await read();",
      'const home = Deno.env.get("HOME");',
      "if (isDebug) start();",
      "for (const each of all) start(each);",
      "try { start(); } catch {}",
      "if (import.meta.main) start();",
    ]
  ) assert.notEqual(countOf("nothing-at-import", source), 0, source);
});

Deno.test("nothing-at-import accepts declarations of every kind", () => {
  for (
    const source of [
      'import { a } from "./a.ts";',
      'export * from "./a.ts";',
      'export { a } from "./a.ts";',
      "export default class {}",
      "type A = string; interface B {} declare const c: number;",
      "const TABLE = new Map([[1, 2]]); const WORDS = Object.keys(TABLE);",
      "export function f(): string { return Deno.cwd(); }",
      "export const f: F = async () => await Deno.readTextFile(name);",
      "class A { readonly at = Deno.pid; path(): string { return Deno.cwd(); } }",
    ]
  ) assert.equal(countOf("nothing-at-import", source), 0, source);
});

Deno.test("nothing-at-import lets only cli/main.ts run, where it is the program", () => {
  const source = "if (import.meta.main) Deno.exit(await run(Deno.args));";
  assert.equal(countOf("nothing-at-import", source, "cli/main.ts"), 0);
  assert.notEqual(countOf("nothing-at-import", source, "cli/run.ts"), 0);
  assert.notEqual(countOf("nothing-at-import", "start();", "cli/main.ts"), 0);
});

Deno.test("ffi-boundary reports native memory outside core/ffi", () => {
  for (
    const source of [
      "Deno.dlopen(path, symbols);",
      "const view = new Deno.UnsafePointerView(pointer);",
      "let pointer: Deno.UnsafePointer;",
      'Deno["dlopen"](path, symbols);',
      "const { UnsafePointer } = Deno;",
      'const { "dlopen": open } = globalThis.Deno;',
      "globalThis.Deno.dlopen(path, symbols);",
    ]
  ) {
    assert.equal(countOf("ffi-boundary", source), 1, source);
    assert.equal(countOf("ffi-boundary", source, "core/ffi/names.ts"), 0, source);
  }
  assert.equal(countOf("ffi-boundary", "Deno.readTextFile(path);"), 0);
});

Deno.test("process-end reports an end of the process outside cli/main.ts", () => {
  for (
    const source of [
      "Deno.exit(1);",
      "Deno.exitCode = 1;",
      'Deno["exit"](1);',
      "const { exit } = Deno;",
      "globalThis.Deno.exit(1);",
    ]
  ) {
    assert.equal(countOf("process-end", source), 1, source);
    assert.equal(countOf("process-end", source, "cli/main.ts"), 0, source);
  }
  assert.equal(countOf("process-end", "child.exit(); Deno.exitHandler; Deno[exit]; const { exit } = child;"), 0);
});

Deno.test("private-field reports the keyword, but not on a constructor", () => {
  for (
    const member of [
      "private a = 1;",
      "private f(): void {}",
      "private static b = 2;",
    ]
  ) assert.equal(countOf("private-field", `class A { ${member} }`), 1, member);
  for (
    const member of ["#a = 1;", "#f(): void {}", "readonly a = 1;", "protected b = 2;", "private constructor() {}"]
  ) {
    assert.equal(countOf("private-field", `class A { ${member} }`), 0, member);
  }
});

Deno.test("number-units reports a number that is a time without its unit", () => {
  for (
    const source of [
      "interface A { readonly timeout: number }",
      "class A { interval: number = 0; }",
      "function f(retryDelay: number): void {}",
    ]
  ) assert.equal(countOf("number-units", source), 1, source);
});

Deno.test("number-units accepts units, other types, other words and the keys of a user's file", () => {
  for (
    const source of [
      "interface A { readonly timeoutMs: number; readonly intervalSeconds: number }",
      "interface A { readonly timeout: string; readonly storage: number; readonly usage: number }",
      "const values = section as { readonly timeout: number };",
    ]
  ) assert.equal(countOf("number-units", source), 0, source);
});

Deno.test("file-boundary reports opened files outside core/files", () => {
  for (
    const source of [
      "using file = Deno.openSync(path);",
      "await Deno.open(path, { read: true });",
      "const text = Deno.readTextFileSync(path);",
      'const bytes = Deno["readFile"](path);',
      "const { readTextFile: read } = Deno;",
      "Deno.create(path);",
    ]
  ) {
    assert.equal(countOf("file-boundary", source), 1, source);
    assert.equal(countOf("file-boundary", source, "core/files/stream.ts"), 0, source);
  }
  assert.equal(countOf("file-boundary", "Deno.statSync(path); Deno.readDirSync(path); reader.open(path);"), 0);
});

Deno.test("environment-boundary reports the environment outside its one reader", () => {
  for (
    const source of [
      'Deno.env.get("HOME");',
      'Deno["env"].has("HOME");',
      "const { env } = Deno;",
      "function f(env: Deno.Env): void {}",
      "globalThis.Deno.env.toObject();",
    ]
  ) {
    assert.equal(countOf("environment-boundary", source), 1, source);
    assert.equal(countOf("environment-boundary", source, "core/host/environment.ts"), 0, source);
  }
  assert.equal(countOf("environment-boundary", "environment.get(Deno.pid);"), 0);
});
