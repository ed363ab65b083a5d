import assert from "node:assert/strict";
import { ReloadSignal } from "../../../../cli/daemon/reload_signal.ts";

/** A daemon's signals, sent by hand. */
function signals(): {
  readonly send: (name: Deno.Signal) => void;
  readonly reload: ReloadSignal;
  readonly meaningless: readonly string[];
  readonly isOpen: () => boolean;
  readonly log: readonly string[];
} {
  const log: string[] = [];
  let listeners: Readonly<Partial<Record<Deno.Signal, () => void>>> = {};
  const meaningless: string[] = [];
  const reload = new ReloadSignal({
    onMeaningless: (name) => meaningless.push(name),
    listen: (all) => {
      log.push("listen");
      listeners = all;
      return {
        [Symbol.dispose]: () => {
          log.push("end");
          listeners = {};
        },
      };
    },
    admit: () => {
      log.push("admit");
      return { [Symbol.dispose]: () => void log.push("block") };
    },
  });
  const isOpen = (): boolean => Object.keys(listeners).length > 0;
  return { send: (name) => listeners[name]?.(), reload, meaningless, isOpen, log };
}

Deno.test("ReloadSignal keeps a SIGHUP that comes before the daemon can reload, and passes it on once", () => {
  const { send, reload } = signals();
  send("SIGHUP");
  send("SIGHUP");
  const log: string[] = [];
  reload.handle(() => log.push("first"));
  assert.deepEqual(log, ["first"]);
  send("SIGHUP");
  assert.deepEqual(log, ["first", "first"]);
  reload.handle(() => log.push("second"));
  assert.deepEqual(log, ["first", "first"], "no signal is pending");
});

Deno.test("ReloadSignal reports SIGUSR1, which ends no daemon, and listens until it is disposed of", () => {
  const { send, reload, meaningless, isOpen, log } = signals();
  send("SIGUSR1");
  assert.deepEqual(meaningless, ["SIGUSR1"]);
  assert.equal(isOpen(), true);
  reload[Symbol.dispose]();
  assert.equal(isOpen(), false);
  assert.deepEqual(log, ["listen", "admit", "block", "end"], "a signal arrives only while all listeners are there");
});
