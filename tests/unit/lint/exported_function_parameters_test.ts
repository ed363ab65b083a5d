import assert from "node:assert/strict";
import { countOf, messagesOf } from "./lint.ts";

const RULE = "exported-function-parameters";

Deno.test("exported-function-parameters reports a third positional parameter", () => {
  assert.deepEqual(messagesOf(RULE, "export function add(a: number, b: number, c: number): void {}"), [
    "an exported function has at most two positional parameters, then options: add has 3",
  ]);
  assert.equal(countOf(RULE, "export const add = (a: number, b: number, c: number): void => {};"), 1);
  assert.equal(countOf(RULE, "export default function add(a: number, b: number, c: number): void {}"), 1);
  assert.equal(countOf(RULE, "export function add(a: number, b: number, service: Service): void {}"), 1);
});

Deno.test("exported-function-parameters accepts options in the third place", () => {
  for (
    const third of [
      "{ c }: { c: number }",
      "options: { c: number }",
      "options: Shared = {}",
      "how: AddOptions",
      "{ c } = {}",
    ]
  ) assert.equal(countOf(RULE, `export function add(a: number, b: number, ${third}): void {}`), 0, third);
});

Deno.test("exported-function-parameters reports a fourth parameter even after options", () => {
  assert.equal(countOf(RULE, "export function add(a: A, b: B, options: AddOptions, d: D): void {}"), 1);
});

Deno.test("exported-function-parameters leaves functions of a module's own and of tests alone", () => {
  assert.equal(countOf(RULE, "function add(a: number, b: number, c: number): void {}"), 0);
  assert.equal(countOf(RULE, "export function add(a: A, b: B, c: C): void {}", "tests/unit/a.ts"), 0);
});
