import assert from "node:assert/strict";
import { parseIpAddress } from "../../../../core/model/mod.ts";
import {
  downMs,
  initialMachine,
  type Machine,
  type MachineAction,
  type MachineEvent,
  react,
  skewMs,
} from "../../../../core/vrrp/machine.ts";

const OWN = parseIpAddress("10.0.0.2");
const ABOVE = parseIpAddress("10.0.0.10");
const BELOW = parseIpAddress("10.0.0.1");

interface Case {
  readonly version?: 2 | 3;
  readonly intervalMs?: number;
  readonly preempts?: boolean;
  readonly delayMs?: number;
}

/** A machine with a clock, as a text: what it does at each event. */
class Bench {
  machine: Machine;
  now = 10_000;
  readonly #case: Case;

  constructor(priority: number, options: Case = {}) {
    this.machine = initialMachine(priority);
    this.#case = options;
  }

  /** Gives it an event, and returns the actions and the state: "advertise 100, acquire, active". */
  do(event: MachineEvent): string {
    const { version = 3, intervalMs = 1000, preempts: isAllowed = true, delayMs = 0 } = this.#case;
    const settings = { version, intervalMs, preemption: { isAllowed, delayMs } };
    const { machine, actions } = react(this.machine, { event, now: this.now, settings, source: OWN });
    this.machine = machine;
    return [...actions.map(inWords), machine.state].join(", ");
  }

  hear(priority: number, options: { readonly from?: typeof OWN; readonly intervalMs?: number } = {}): string {
    const { from = BELOW, intervalMs = this.#case.intervalMs ?? 1000 } = options;
    return this.do({ kind: "message", priority, intervalMs, source: from });
  }

  /** Lets time pass, at most to the next timer. */
  pass(milliseconds: number): string {
    this.now += milliseconds;
    return this.do({ kind: "time" });
  }

  /** The time until its timer fires. */
  get waitMs(): number {
    return this.machine.dueAt - this.now;
  }
}

function inWords(action: MachineAction): string {
  return action.kind === "advertise" ? `advertise ${action.priority}` : action.kind;
}

function started(priority: number, options?: Case): Bench {
  const bench = new Bench(priority, options);
  bench.do({ kind: "start" });
  return bench;
}

function active(priority: number, options?: Case): Bench {
  const bench = started(priority, options);
  if (bench.machine.state === "backup") bench.pass(bench.waitMs);
  assert.equal(bench.machine.state, "active");
  return bench;
}

Deno.test("react() starts an owner as active, and others as backup", () => {
  assert.equal(new Bench(255).do({ kind: "start" }), "advertise 255, acquire, active");
  assert.equal(new Bench(254).do({ kind: "start" }), "backup");
});

Deno.test("skewMs() and downMs() follow the formulas of both versions", () => {
  const rows: readonly (readonly [version: 2 | 3, priority: number, intervalMs: number, skew: number])[] = [
    [3, 100, 1000, 609.375],
    [3, 200, 200, 43.75],
    [3, 254, 10, 0.078125],
    [2, 100, 1000, 609.375],
    [2, 90, 3000, 648.4375],
    [2, 255, 1000, 3.90625],
  ];
  for (const [version, priority, activeIntervalMs, skew] of rows) {
    const machine = { ...initialMachine(priority), activeIntervalMs };
    assert.equal(skewMs(machine, version), skew);
    assert.equal(downMs(machine, version), 3 * activeIntervalMs + skew);
  }
});

Deno.test("react() makes a backup active when the active router is silent for the down interval", () => {
  const bench = started(100);
  assert.equal(bench.waitMs, 3609.375);
  assert.equal(bench.pass(3609), "backup");
  assert.equal(bench.pass(0.375), "advertise 100, acquire, active");
  assert.equal(bench.waitMs, 1000);
});

Deno.test("react() restarts the timer of a backup at a priority as high as its own, or higher", () => {
  for (const priority of [100, 101, 255]) {
    const bench = started(100);
    bench.pass(3000);
    assert.equal(bench.hear(priority), "backup");
    assert.equal(bench.waitMs, 3609.375);
  }
});

Deno.test("react() lets a backup take over after the skew when the active router stops", () => {
  const bench = started(100);
  assert.equal(bench.hear(0), "backup");
  assert.equal(bench.waitMs, 609.375);
});

Deno.test("react() lets a backup that preempts ignore a lower priority, and one that does not wait", () => {
  const preempting = started(100);
  preempting.pass(1000);
  assert.equal(preempting.hear(99), "backup");
  assert.equal(preempting.waitMs, 2609.375);
  const patient = started(100, { preempts: false });
  patient.pass(1000);
  assert.equal(patient.hear(99), "backup");
  assert.equal(patient.waitMs, 3609.375);
});

Deno.test("react() begins the delay of a preemption with the first lower priority, and ends it with a higher one", () => {
  const bench = started(100, { delayMs: 5000 });
  for (let second = 0; second < 5; second++) {
    assert.equal(bench.hear(99), "backup");
    assert.equal(bench.waitMs, 3609.375);
    bench.pass(1000);
  }
  assert.equal(bench.hear(99), "backup");
  assert.equal(bench.pass(bench.waitMs), "advertise 100, acquire, active");

  const disturbed = started(100, { delayMs: 5000 });
  disturbed.hear(99);
  disturbed.pass(3000);
  disturbed.hear(200);
  disturbed.pass(3000);
  disturbed.hear(99);
  assert.equal(disturbed.waitMs, 3609.375);
});

Deno.test("react() does not delay where no router is active", () => {
  const bench = started(100, { delayMs: 60_000 });
  assert.equal(bench.pass(3609.375), "advertise 100, acquire, active");
});

Deno.test("react() makes an owner preempt in any case", () => {
  const bench = started(254, { preempts: false });
  bench.do({ kind: "priority", priority: 255 });
  bench.pass(1000);
  const before = bench.waitMs;
  bench.hear(254);
  assert.equal(bench.waitMs, before);
});

Deno.test("react() uses the active router's interval in version 3, and its own in version 2", () => {
  const bench = started(100);
  bench.hear(200, { intervalMs: 100 });
  assert.equal(bench.waitMs, 300 + 156 * 100 / 256);
  const old = started(100, { version: 2 });
  old.hear(200, { intervalMs: 100 });
  assert.equal(old.waitMs, 3609.375);
});

Deno.test("react() advertises at each interval while it is active, without drift", () => {
  const bench = active(100);
  assert.equal(bench.pass(1000), "advertise 100, active");
  assert.equal(bench.pass(1030), "advertise 100, active");
  assert.equal(bench.waitMs, 970);
  assert.equal(bench.pass(5000), "advertise 100, active");
  assert.equal(bench.waitMs, 1000);
});

Deno.test("react() makes an active router yield to a higher priority", () => {
  const bench = active(100);
  assert.equal(bench.hear(101, { intervalMs: 500 }), "advertise 100, release, backup");
  assert.equal(bench.waitMs, 1500 + 156 * 500 / 256);
});

Deno.test("react() decides between equal priorities by the address", () => {
  assert.equal(active(100).hear(100, { from: ABOVE }), "advertise 100, release, backup");
  assert.equal(active(100).hear(100, { from: BELOW }), "advertise 100, announce, active");
});

Deno.test("react() compares addresses as numbers", () => {
  const bench = active(100);
  assert.equal(bench.hear(100, { from: parseIpAddress("10.0.0.1") }), "advertise 100, announce, active");
  bench.now += 250;
  assert.equal(bench.hear(100, { from: parseIpAddress("9.255.255.255") }), "advertise 100, announce, active");
  assert.equal(bench.hear(100, { from: parseIpAddress("10.0.0.10") }), "advertise 100, release, backup");
});

Deno.test("react() answers a lower priority and a router that stops with an advertisement", () => {
  assert.equal(active(100).hear(99), "advertise 100, announce, active");
  const bench = active(100);
  bench.now += 700;
  assert.equal(bench.hear(0), "advertise 100, active");
  assert.equal(bench.waitMs, 1000);
});

Deno.test("react() answers a flood four times in an interval, and advertises on time", () => {
  for (const priority of [99, 0]) {
    const bench = active(100);
    const answers = Array.from({ length: 1000 }, () => {
      bench.now += 2;
      return bench.hear(priority);
    }).filter((words) => words.startsWith("advertise"));
    assert.equal(answers.length, 8, `${priority}`);
    assert.ok(bench.waitMs <= 1000 && bench.waitMs > 0);
  }
});

Deno.test("react() takes another interval in place", () => {
  const bench = active(100, { intervalMs: 200 });
  bench.machine = { ...bench.machine, dueAt: bench.now + 900 };
  assert.equal(bench.do({ kind: "settings" }), "active");
  assert.equal(bench.waitMs, 200);
  const [alone, heard] = [started(100), started(100)];
  heard.hear(200, { intervalMs: 100 });
  for (const each of [alone, heard]) each.do({ kind: "settings" });
  assert.deepEqual([alone.waitMs, heard.waitMs], [3609.375, 300 + 156 * 100 / 256]);
  const old = started(100, { version: 2, intervalMs: 2000 });
  old.machine = { ...old.machine, activeIntervalMs: 1000, dueAt: old.now + 3000 };
  old.do({ kind: "settings" });
  assert.equal(old.waitMs, 6000);
});

Deno.test("react() lets a backup use the interval that it hears although its own was the same and becomes shorter", () => {
  const bench = started(100, { intervalMs: 200 });
  bench.hear(200, { intervalMs: 1000 });
  bench.do({ kind: "settings" });
  assert.equal(bench.waitMs, 3609.375);
  const equal = started(100, { intervalMs: 200 });
  equal.hear(200, { intervalMs: 200 });
  const patience = equal.waitMs;
  equal.do({ kind: "settings" });
  assert.equal(equal.waitMs, patience);
});

Deno.test("react() measures another delay of a preemption from the first lower priority", () => {
  const options = { delayMs: 60_000 };
  const bench = started(100, options);
  bench.hear(99);
  bench.pass(2000);
  options.delayMs = 0;
  bench.hear(99);
  assert.equal(bench.waitMs, 1609.375);
  options.delayMs = 5000;
  bench.hear(99);
  assert.equal(bench.waitMs, 3609.375);
  bench.pass(3000);
  bench.hear(99);
  assert.equal(bench.waitMs, 609.375);
});

Deno.test("react() advertises priority 0 before it releases the addresses", () => {
  const bench = active(100);
  assert.equal(bench.do({ kind: "stop" }), "advertise 0, release, init");
  assert.equal(bench.waitMs, Infinity);
  assert.equal(started(100).do({ kind: "stop" }), "init");
  assert.equal(new Bench(100).do({ kind: "stop" }), "init");
});

Deno.test("react() ignores messages and time before the start", () => {
  const bench = new Bench(100);
  assert.equal(bench.hear(200), "init");
  assert.equal(bench.pass(1e9), "init");
});

Deno.test("react() advertises a new priority at once, and changes the patience of a backup", () => {
  const bench = active(100);
  assert.equal(bench.do({ kind: "priority", priority: 50 }), "advertise 50, active");
  assert.equal(bench.do({ kind: "priority", priority: 50 }), "active");
  const backup = started(100);
  backup.pass(1000);
  assert.equal(backup.do({ kind: "priority", priority: 228 }), "backup");
  assert.equal(backup.waitMs, 2000 + 28 * 1000 / 256);
});

Deno.test("react() lets a router that yields with a handicap wait longer for eight intervals", () => {
  const bench = active(100);
  bench.do({ kind: "yield", handicapMs: 1000 });
  assert.equal(bench.waitMs, 4609.375);
  bench.hear(0);
  assert.equal(bench.waitMs, 1609.375);
  bench.hear(100);
  assert.equal(bench.waitMs, 4609.375);
  for (let second = 0; second < 9; second++) {
    bench.hear(200);
    bench.pass(1000);
  }
  bench.hear(0);
  assert.equal(bench.waitMs, 609.375);
});

Deno.test("react() follows the other routers of its group", () => {
  assert.equal(started(100).do({ kind: "take" }), "advertise 100, acquire, active");
  assert.equal(active(100).do({ kind: "take" }), "active");
  assert.equal(active(100).do({ kind: "yield", handicapMs: 0 }), "advertise 0, release, backup");
  assert.equal(started(100).do({ kind: "yield", handicapMs: 0 }), "backup");
  assert.equal(new Bench(100).do({ kind: "take" }), "init");
});
