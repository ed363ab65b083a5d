import assert from "node:assert/strict";
import { listenForInterruption, nextTurn } from "../../../../cli/context/signals.ts";
import { EXIT, LvsctlError } from "../../../../core/errors/mod.ts";

// SIGINT, which ends the test runner, is sent in the lab.
Deno.test("listenForInterruption() keeps SIGTERM from ending the process, and nextTurn() lets it arrive", async () => {
  using interruption = listenForInterruption();
  const { signal } = interruption;
  Deno.kill(Deno.pid, "SIGTERM");
  assert.equal(signal.aborted, false);
  // The runtime passes a signal on within a few turns.
  for (let turn = 0; turn < 1000 && !signal.aborted; turn++) await nextTurn();
  const reason: unknown = signal.reason;
  assert.ok(reason instanceof LvsctlError);
  assert.equal(reason.exitCode, EXIT.terminated);
  Deno.kill(Deno.pid, "SIGTERM");
  for (let turn = 0; turn < 100; turn++) await nextTurn();
});
