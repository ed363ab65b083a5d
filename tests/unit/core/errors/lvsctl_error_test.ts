import assert from "node:assert/strict";
import { asLvsctlError, EXIT, interruption, interruptionError, LvsctlError } from "../../../../core/errors/mod.ts";

const MESSAGES: readonly (readonly [string, ConstructorParameters<typeof LvsctlError>[1], string])[] = [
  ["it does not run", undefined, "it does not run"],
  ["it does not run", { operation: "stop the daemon" }, "Cannot stop the daemon: it does not run"],
  ["it does not run", { operation: "stop", object: "master" }, "Cannot stop master: it does not run"],
  ["it does not run", { object: "master" }, "it does not run"],
  ["it does not run", { operation: "stop", errno: "ESRCH" }, "Cannot stop: it does not run (ESRCH)"],
  ["it does not run", { hint: "start it" }, "it does not run; start it"],
  [
    "it does not run",
    { operation: "stop", object: "master", errno: "ESRCH", hint: "start it" },
    "Cannot stop master: it does not run (ESRCH); start it",
  ],
];

for (const [reason, options, message] of MESSAGES) {
  Deno.test(`LvsctlError has the message: ${message}`, () =>
    assert.equal(new LvsctlError(reason, options).message, message));
}

Deno.test("LvsctlError keeps its parts, and has the exit status of a refusal by default", () => {
  const error = new LvsctlError("because");
  assert.deepEqual(
    [error.name, error.operation, error.object, error.reason, error.errno, error.hint, error.exitCode, error.retriable],
    ["LvsctlError", "", "", "because", undefined, undefined, EXIT.refused, false],
  );
  assert.equal(error.cause, undefined);
  assert.ok(!Object.hasOwn(error, "cause"));
});

Deno.test("LvsctlError has the given exit code, cause and retriability", () => {
  const cause = new Error("below");
  const error = new LvsctlError("because", { exitCode: EXIT.partial, cause, retriable: true });
  assert.deepEqual([error.exitCode, error.cause, error.retriable], [EXIT.partial, cause, true]);
});

Deno.test("asLvsctlError() returns an LvsctlError unchanged", () => {
  const error = new LvsctlError("because");
  assert.equal(asLvsctlError(error, { operation: "read" }), error);
});

Deno.test("asLvsctlError() describes a failed system call without Deno's additions", () => {
  let thrown: unknown;
  try {
    Deno.readTextFileSync("/nonexistent/web.yaml");
  } catch (error) {
    thrown = error;
  }
  const error = asLvsctlError(thrown, { operation: "read", object: "web.yaml", hint: "check its name" });
  assert.equal(error.message, "Cannot read web.yaml: No such file or directory (ENOENT); check its name");
  assert.equal(error.cause, thrown);
});

Deno.test("asLvsctlError() describes any thrown value on one line", () => {
  assert.equal(asLvsctlError("text", { operation: "read" }).message, "Cannot read: text");
  assert.equal(asLvsctlError(new Error("two\nlines"), {}).message, "two lines");
  const numbered = Object.assign(new Error("odd"), { code: 7 });
  assert.equal(asLvsctlError(numbered, {}).errno, undefined);
});

Deno.test("asLvsctlError() prefers the errno of its options", () => {
  const error = Object.assign(new Error("gone"), { code: "ENOENT" });
  assert.equal(asLvsctlError(error, { errno: "ESTALE" }).errno, "ESTALE");
});

Deno.test("EXIT has a different status for every outcome", () => {
  assert.deepEqual(EXIT, {
    ok: 0,
    refused: 1,
    usage: 2,
    partial: 3,
    belowQuorum: 4,
    differs: 5,
    noDaemon: 6,
    hungUp: 129,
    interrupted: 130,
    terminated: 143,
  });
});

Deno.test("interruptionError() has the status of the signal, whatever else aborted", () => {
  const of = (reason: unknown): LvsctlError => interruptionError(AbortSignal.abort(reason), { operation: "wait" });
  assert.equal(of(interruption("SIGINT")).message, "Cannot wait: a signal interrupted it");
  assert.deepEqual([of(interruption("SIGINT")).exitCode, of(interruption("SIGTERM")).exitCode], [130, 143]);
  assert.equal(of(undefined).exitCode, EXIT.interrupted);
});
