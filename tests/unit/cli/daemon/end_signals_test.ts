import assert from "node:assert/strict";
import { settle } from "../../../support/fake_clock.ts";
import { EndSignals } from "../../../../cli/daemon/end_signals.ts";

/** Whether the daemon ends, and whether for a restart, after signals in this order. */
function after(...signals: readonly Deno.Signal[]): { readonly ends: boolean; readonly isRestart: boolean } {
  let listeners: Readonly<Partial<Record<Deno.Signal, () => void>>> = {};
  let isListening = false;
  const ends = new EndSignals((each) => {
    listeners = each;
    isListening = true;
    return { [Symbol.dispose]: () => isListening = false };
  });
  for (const signal of signals) listeners[signal]?.();
  const result = { ends: ends.signal.aborted, isRestart: ends.isRestart };
  assert.equal(isListening, true);
  ends[Symbol.dispose]();
  assert.equal(isListening, false);
  assert.equal(ends.signal.aborted, true);
  return result;
}

Deno.test("EndSignals ends the daemon for a restart at SIGUSR2, and for good at SIGTERM and SIGINT", () => {
  assert.deepEqual(after(), { ends: false, isRestart: false });
  assert.deepEqual(after("SIGUSR2"), { ends: true, isRestart: true });
  assert.deepEqual(after("SIGTERM"), { ends: true, isRestart: false });
  assert.deepEqual(after("SIGINT"), { ends: true, isRestart: false });
});

Deno.test("EndSignals lets a stop count before and after the signal for a restart", () => {
  assert.deepEqual(after("SIGUSR2", "SIGTERM"), { ends: true, isRestart: false });
  assert.deepEqual(after("SIGUSR2", "SIGINT"), { ends: true, isRestart: false });
  assert.deepEqual(after("SIGTERM", "SIGUSR2"), { ends: true, isRestart: false });
  assert.deepEqual(after("SIGUSR2", "SIGUSR2"), { ends: true, isRestart: true });
});

Deno.test("EndSignals says that the daemon stops for good, also after the signal for a restart", async () => {
  for (const signals of [["SIGTERM"], ["SIGUSR2", "SIGINT"]] as const) {
    let listeners: Readonly<Partial<Record<Deno.Signal, () => void>>> = {};
    using ends = new EndSignals((each) => {
      listeners = each;
      return { [Symbol.dispose]: () => {} };
    });
    let isStopped = false;
    void ends.stopped.then(() => isStopped = true);
    for (const signal of signals) {
      await settle();
      assert.equal(isStopped, false, signal);
      listeners[signal]?.();
    }
    await ends.stopped;
  }
});
