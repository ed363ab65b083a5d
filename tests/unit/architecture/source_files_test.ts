import assert from "node:assert/strict";
import { importsOf, withoutComments } from "./source_files.ts";

Deno.test("importsOf() finds every form of import", () => {
  const code = `
    import "./effect.ts";
    import one from "./one.ts";
    import * as all from "./all.ts";
    import { type A, b } from "./mixed.ts";
    import { type C, type D } from "./types.ts";
    import type { E } from "./type.ts";
    import {
      f,
      type G,
    } from "./lines.ts";
    export * from "./again.ts";
    export { type H } from "./again_type.ts";
    export type { I } from "./again_types.ts";
    const lazy = await import("./lazy.ts");
    type Lazy = typeof import("./lazy_type.ts");
    const text = "import nothing";
    export const value = 5;
    export function plain(): string { return "./no.ts"; }
  `;
  assert.deepEqual(importsOf(code).map(({ specifier, isType, isDynamic }) => `${specifier} ${isType} ${isDynamic}`), [
    "./effect.ts false false",
    "./one.ts false false",
    "./all.ts false false",
    "./mixed.ts false false",
    "./types.ts true false",
    "./type.ts true false",
    "./lines.ts false false",
    "./again.ts false false",
    "./again_type.ts true false",
    "./again_types.ts true false",
    "./lazy.ts false true",
    "./lazy_type.ts true true",
  ]);
});

Deno.test("withoutComments() takes comments and leaves strings", () => {
  const code = withoutComments('a /* b "c" */ d "e // f" // g\n`h /* i */ ${j}` \'// k\' "\\"// l"');
  assert.equal(code, 'a   d "e // f"  \n`h /* i */ ${j}` \'// k\' "\\"// l"');
});
