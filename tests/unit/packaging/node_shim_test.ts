import assert from "node:assert/strict";
import * as nodePath from "node:path";
import { stripVTControlCharacters as nodeStrip } from "node:util";
import {
  childProcess,
  EventEmitter,
  fs,
  path,
  process,
  stripVTControlCharacters,
} from "../../../packaging/node_shim.ts";

Deno.test("EventEmitter calls listeners in order, with this and the values", () => {
  const emitter = new EventEmitter();
  const calls: unknown[] = [];
  emitter.on("a", function (this: unknown, ...values): void {
    calls.push(1, this === emitter, ...values);
  }).on("a", () => calls.push(2));
  assert.equal(emitter.emit("a", "x", "y"), true);
  assert.deepEqual(calls, [1, true, "x", "y", 2]);
});

Deno.test("EventEmitter says whether anybody listens", () => {
  const emitter = new EventEmitter();
  assert.equal(emitter.emit("a"), false);
  assert.equal(emitter.listenerCount("a"), 0);
  emitter.on("a", () => {});
  assert.equal(emitter.listenerCount("a"), 1);
});

Deno.test("EventEmitter emits to those who listened when it began", () => {
  const emitter = new EventEmitter();
  let calls = 0;
  emitter.on("a", () => emitter.on("a", () => calls++));
  emitter.emit("a");
  assert.equal(calls, 0);
});

Deno.test("stripVTControlCharacters() strips what Node's strips", () => {
  const cases = [
    "plain",
    "\x1b[1m\x1b[31mred\x1b[39m bold\x1b[0m",
    "\x1b[38;5;12mblue",
    "\x1b[2K\x1b[1Gline",
    "\x1b]8;;https://example.net/\x07link\x1b]8;;\x07",
    "[31m is text",
  ];
  for (const text of cases) assert.equal(stripVTControlCharacters(text), nodeStrip(text));
});

Deno.test("path names files as Node's does", () => {
  for (const file of ["/usr/sbin/lvsctl", "lvsctl.ts", "/a/b.c/d", ".hidden", "a.b.c", "", "/"]) {
    assert.equal(path.extname(file), nodePath.extname(file), file);
    assert.equal(path.basename(file, ".ts"), file === "/" ? "" : nodePath.basename(file, ".ts"), file);
  }
});

Deno.test("process.env reads the environment of the moment", () => {
  const name = "LVSCTL_TEST_SHIM";
  assert.equal(name in process.env, false);
  Deno.env.set(name, "1");
  try {
    assert.equal(name in process.env, true);
    assert.equal(process.env[name], "1");
  } finally {
    Deno.env.delete(name);
  }
  assert.equal(process.env[name], undefined);
});

Deno.test("what only executable subcommands need is refused", () => {
  for (const call of [childProcess.spawn, fs.existsSync, fs.realpathSync, path.resolve, path.dirname]) {
    assert.throws(call, { name: "TypeError", message: "Executable subcommands are not supported" });
  }
});
