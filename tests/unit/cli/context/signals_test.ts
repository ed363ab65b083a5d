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

/** Runs a program that listens for interruptions, and gets SIGHUP; what it prints. */
async function hangUp(isIgnored: boolean): Promise<string> {
  const module = new URL("../../../../cli/context/signals.ts", import.meta.url).href;
  const program = `
    const { listenForInterruption } = await import(${JSON.stringify(module)});
    using interruption = listenForInterruption();
    Deno.kill(Deno.pid, "SIGHUP");
    for (let turn = 0; turn < 200 && !interruption.signal.aborted; turn++) await new Promise((next) => setTimeout(next, 1));
    console.log(interruption.signal.aborted ? interruption.signal.reason.exitCode : "goes on");
  `;
  const script = `${isIgnored ? "trap '' HUP; " : ""}exec "$0" eval "$1"`;
  const { stdout } = await new Deno.Command("sh", { args: ["-c", script, Deno.execPath(), program], stderr: "null" })
    .output();
  return new TextDecoder().decode(stdout);
}

Deno.test("listenForInterruption() takes SIGHUP as an interruption, and leaves it without effect under nohup", async () => {
  assert.equal(await hangUp(false), "129\n");
  assert.equal(await hangUp(true), "goes on\n");
});
