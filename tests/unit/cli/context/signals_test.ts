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

/** Runs a program that listens for interruptions, and gets signals; the exit status of the first that interrupts it. */
async function interruptedBy(
  signals: readonly Deno.Signal[],
  { isHangupIgnored }: { readonly isHangupIgnored: boolean },
): Promise<number> {
  const module = new URL("../../../../cli/context/signals.ts", import.meta.url).href;
  const program = `
    const { listenForInterruption } = await import(${JSON.stringify(module)});
    using interruption = listenForInterruption();
    for (const signal of ${JSON.stringify(signals)}) Deno.kill(Deno.pid, signal);
    while (!interruption.signal.aborted) await new Promise((next) => setTimeout(next, 1));
    console.log(interruption.signal.reason.exitCode);
  `;
  const script = `${isHangupIgnored ? "trap '' HUP; " : ""}exec env "$@"`;
  const options = isHangupIgnored ? [] : ["--default-signal=HUP"];
  const { stdout } = await new Deno.Command("sh", {
    args: ["-c", script, "sh", ...options, Deno.execPath(), "eval", program],
    stderr: "null",
  }).output();
  return Number(new TextDecoder().decode(stdout));
}

Deno.test("listenForInterruption() takes SIGHUP as an interruption, and leaves it without effect under nohup", async () => {
  assert.equal(await interruptedBy(["SIGHUP"], { isHangupIgnored: false }), EXIT.hungUp);
  assert.equal(await interruptedBy(["SIGHUP", "SIGTERM"], { isHangupIgnored: true }), EXIT.terminated);
});
