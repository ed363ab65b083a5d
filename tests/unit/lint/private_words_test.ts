import assert from "node:assert/strict";
import { countOf, messagesOf } from "./lint.ts";

const RULE = "private-words";

Deno.test("private-words reports exported names of every kind", () => {
  for (
    const source of [
      "export function perform(): void {}",
      "export class Changing {}",
      "export interface Situation {}",
      "export type Placement = string;",
      "export const NO_PORT = -1;",
      "export const leavingServers = [];",
      "export { tell };",
      "export { print as say };",
    ]
  ) assert.equal(countOf(RULE, source), 1, source);
});

Deno.test("private-words names the better word", () => {
  assert.deepEqual(messagesOf(RULE, "export class FileInForce {}"), [
    '"FileInForce" is a private word: say ActiveConfig',
  ]);
});

Deno.test("private-words reports a name that has a private word as a part", () => {
  for (const name of ["toldStep", "SayingOptions", "LEAVING_LOOK_MS", "assertNobodyHas", "pokeDaemon"]) {
    assert.equal(countOf(RULE, `export const ${name} = 1;`), 1, name);
  }
});

Deno.test("private-words accepts words that only look like private ones", () => {
  for (
    const name of ["amendment", "performance", "Exchange", "FailureReaction", "understandingOf", "sayHello", "goings"]
  ) {
    assert.equal(countOf(RULE, `export const ${name} = 1;`), 0, name);
  }
});

Deno.test("private-words takes Facts for private in core/notify only", () => {
  assert.equal(countOf(RULE, "export class Facts {}", "core/notify/events.ts"), 1);
  assert.equal(countOf(RULE, "export interface Facts {}", "core/doctor/facts.ts"), 0);
});

Deno.test("private-words leaves names that are not exported, re-exports and tests alone", () => {
  assert.equal(countOf(RULE, "function perform(): void {}"), 0);
  assert.equal(countOf(RULE, 'export { perform } from "./changes.ts";'), 0);
  assert.equal(countOf(RULE, "export function perform(): void {}", "tests/unit/changes.ts"), 0);
});

Deno.test("private-words reports file names: participles, vague and private words, other cases", () => {
  for (
    const name of [
      "applying",
      "reading",
      "draining",
      "utils",
      "check_helpers",
      "misc",
      "index",
      "readFile",
      "file_in_force",
      "told_change",
    ]
  ) {
    assert.equal(countOf(RULE, "", `core/model/${name}.ts`), 1, name);
  }
  assert.equal(countOf(RULE, "", "tests/unit/model/applying_test.ts"), 1);
});

Deno.test("private-words accepts file names that are nouns", () => {
  for (
    const name of [
      "ping",
      "mapping",
      "forwarding",
      "draining_servers",
      "draining_connections",
      "line_index",
      "md5",
      "address",
      "http_answer",
      "slow_start",
    ]
  ) {
    assert.equal(countOf(RULE, "", `core/model/${name}.ts`), 0, name);
  }
});
