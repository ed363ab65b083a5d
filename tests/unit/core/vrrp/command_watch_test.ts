import assert from "node:assert/strict";
import type { VrrpInstance, VrrpTrack } from "../../../../core/model/mod.ts";
import type { CommandEnd, CommandOptions } from "../../../../core/process/mod.ts";
import { CommandWatch } from "../../../../core/vrrp/command_watch.ts";
import { FakeClock } from "../../../support/fake_clock.ts";

const LABEL = "command /bin/up";

function instanceWith(track: Partial<Extract<VrrpTrack, { kind: "command" }>> = {}): VrrpInstance {
  const times = { intervalMs: 1000, timeoutMs: 500, rise: 2, fall: 3 };
  const tracks: readonly VrrpTrack[] = [{ kind: "command", command: ["/bin/up"], ...times, weight: 0, ...track }];
  return {
    name: "edge",
    vrid: 51,
    device: "eth0",
    priority: 100,
    version: 3,
    intervalMs: 1000,
    vips: [],
    excludedVips: [],
    notify: [],
    virtualMac: false,
    peers: [],
    sources: [],
    checksum: "pseudo-header",
    preempts: true,
    preemptDelayMs: 0,
    startupDelayMs: 0,
    tracks,
  };
}

function ended(code: number): CommandEnd {
  return { kind: "ended", status: { success: code === 0, code, signal: null }, firstLine: "", stdout: "" };
}

/** A watch whose programs end with the given statuses, one after another; the last one stays. */
function watchWith(...codes: readonly number[]): {
  readonly watch: CommandWatch;
  readonly clock: FakeClock;
  readonly runs: () => number;
  readonly changes: () => number;
} {
  const clock = new FakeClock();
  let [runs, changes] = [0, 0];
  const run = (_words: readonly string[], _options: CommandOptions): Promise<CommandEnd> =>
    Promise.resolve(ended(codes[Math.min(runs++, codes.length - 1)] ?? 0));
  const watch = new CommandWatch({ run, clock, onChange: () => changes++ });
  return { watch, clock, runs: () => runs, changes: () => changes };
}

Deno.test("CommandWatch knows the state after the first result, and needs rise and fall for others", async () => {
  const { watch, clock, changes } = watchWith(0, 1, 1, 1, 0, 0);
  using _ = watch;
  watch.load([instanceWith()]);
  assert.deepEqual(watch.states, { [LABEL]: "unknown" });
  const seen: unknown[] = [];
  for (let second = 0; second < 6; second++) {
    await clock.advance(second === 0 ? 0 : 1000);
    seen.push(watch.states[LABEL]);
  }
  assert.deepEqual(seen, ["good", "good", "good", "bad", "bad", "good"]);
  assert.equal(changes(), 3);
});

Deno.test("CommandWatch keeps a program that stays the same, and starts a changed one anew", async () => {
  const { watch, clock, runs } = watchWith(0);
  using _ = watch;
  watch.load([instanceWith()]);
  await clock.advance(0);
  watch.load([instanceWith(), instanceWith()]);
  assert.deepEqual(watch.states, { [LABEL]: "good" });
  assert.equal(runs(), 1);
  watch.load([instanceWith({ intervalMs: 2000 })]);
  assert.deepEqual(watch.states, { [LABEL]: "unknown" });
  watch.load([]);
  assert.deepEqual(watch.states, {});
  await clock.advance(10_000);
  assert.equal(runs(), 2);
});

Deno.test("CommandWatch ends a program at its time limit, which counts as bad", async () => {
  const clock = new FakeClock();
  let wasAborted = false;
  const watch = new CommandWatch({
    run: (_words, { signal }) =>
      new Promise((resolve) =>
        signal.addEventListener("abort", () => {
          wasAborted = true;
          resolve(ended(0));
        })
      ),
    clock,
    onChange: () => {},
  });
  using _ = watch;
  watch.load([instanceWith()]);
  await clock.advance(499);
  assert.equal(wasAborted, false);
  await clock.advance(1);
  assert.equal(wasAborted, true);
  assert.deepEqual(watch.states, { [LABEL]: "bad" });
});

Deno.test("CommandWatch counts a program that nothing ends as bad again and again, and runs it no second time", async () => {
  const clock = new FakeClock();
  let ends: PromiseWithResolvers<CommandEnd>[] = [];
  const watch = new CommandWatch({
    run: () => {
      const end = Promise.withResolvers<CommandEnd>();
      ends = [...ends, end];
      return end.promise;
    },
    clock,
    onChange: () => {},
  });
  using _ = watch;
  watch.load([instanceWith()]);
  ends[0]?.resolve(ended(0));
  await clock.advance(0);
  assert.deepEqual(watch.states, { [LABEL]: "good" });
  await clock.advance(3499);
  assert.deepEqual([watch.states[LABEL], ends.length], ["good", 2]);
  await clock.advance(1);
  assert.deepEqual([watch.states[LABEL], ends.length], ["bad", 2]);
  ends[1]?.resolve(ended(0));
  await clock.advance(0);
  assert.deepEqual([watch.states[LABEL], ends.length], ["bad", 3]);
});
