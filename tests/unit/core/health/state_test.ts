import assert from "node:assert/strict";
import fc from "fast-check";
import { type HealthState, probeDelayMs } from "../../../../core/health/mod.ts";
import { advance, FRESH_STATE, HISTORY_LENGTH, isDamped } from "../../../../core/health/state.ts";
import { readHealthState } from "../../../../core/health/state_reader.ts";
import type { CheckTiming, Health, ProbeResult } from "../../../../core/model/mod.ts";

const PASS: ProbeResult = { ok: true, latencyMs: 1, detail: "connected" };
const FAIL: ProbeResult = { ok: false, latencyMs: 1, reason: "connection refused (ECONNREFUSED)" };
const UNSURE: ProbeResult = { ok: false, latencyMs: 1, reason: "no file descriptor left", inconclusive: true };
const RESULTS: Readonly<Record<string, ProbeResult>> = { "+": PASS, "-": FAIL, "?": UNSURE };

/** Runs results through, and gives the health after each. */
function run(
  results: string,
  options: { readonly rise: number; readonly fall: number; readonly from?: HealthState },
): string {
  let state = options.from ?? FRESH_STATE;
  let at = 1000;
  return [...results].map((sign) => {
    const result = RESULTS[sign];
    assert.ok(result !== undefined);
    const before = state.health;
    const step = advance(state, result, { ...options, at: at++ });
    assert.equal(step.changed, step.state.health !== before);
    state = step.state;
    return { unknown: "?", healthy: "H", unhealthy: "U" }[state.health];
  }).join("");
}

const TABLE: readonly (readonly [rise: number, fall: number, results: string, healths: string])[] = [
  [1, 1, "+-+-", "HUHU"],
  [2, 3, "++", "?H"],
  [2, 3, "---", "??U"],
  [2, 3, "+-+-+-", "??????"],
  [2, 3, "+-++", "???H"],
  [2, 3, "--+---", "?????U"],
  [2, 3, "++--+--+", "?HHHHHHH"],
  [2, 3, "++---+-++", "?HHHUUUUH"],
  [2, 3, "---+-+--++", "??UUUUUUUH"],
  [3, 1, "+++-++", "??HUUU"],
  [1, 3, "+---+", "HHHUH"],
  // Inconclusive results neither count nor interrupt a row.
  [2, 3, "+?+", "??H"],
  [2, 3, "++-?-?-", "?HHHHHU"],
  [1, 1, "????", "????"],
  [1, 1, "+???", "HHHH"],
];

for (const [rise, fall, results, healths] of TABLE) {
  Deno.test(`advance() with rise ${rise} and fall ${fall} makes ${healths} of ${results}`, () => {
    assert.equal(run(results, { rise, fall }), healths);
  });
}

Deno.test("advance() takes a changed rise or fall at the next result", () => {
  const healthy: HealthState = { health: "healthy", successes: 9, failures: 0, since: 1, history: [] };
  assert.equal(run("+-", { rise: 20, fall: 2, from: healthy }), "HH");
  assert.equal(run("-", { rise: 20, fall: 1, from: healthy }), "U");
});

Deno.test("advance() notes when health changed, and when it did not", () => {
  const first = advance(FRESH_STATE, PASS, { rise: 1, fall: 1, at: 5 });
  assert.equal(first.state.since, 5);
  const second = advance(first.state, PASS, { rise: 1, fall: 1, at: 6 });
  assert.equal(second.state.since, 5);
  assert.equal(advance(second.state, FAIL, { rise: 1, fall: 1, at: 7 }).state.since, 7);
  assert.equal("since" in advance(FRESH_STATE, PASS, { rise: 2, fall: 1, at: 5 }).state, false);
});

Deno.test("advance() leaves the state that it is given alone", () => {
  const state = Object.freeze({ ...FRESH_STATE, history: Object.freeze([]) });
  advance(state, PASS, { rise: 1, fall: 1, at: 1 });
  assert.deepEqual(state, FRESH_STATE);
});

Deno.test("advance() remembers the last results, oldest first", () => {
  let state = FRESH_STATE;
  for (let at = 0; at < HISTORY_LENGTH + 3; at++) {
    state = advance(state, at % 2 === 0 ? PASS : UNSURE, { rise: 2, fall: 2, at }).state;
  }
  assert.deepEqual(state.history.map(({ at }) => at), Array.from({ length: HISTORY_LENGTH }, (_, index) => index + 3));
});

const results = fc.array(fc.constantFrom(PASS, FAIL, UNSURE), { maxLength: 60 });
const counts = fc.record({ rise: fc.integer({ min: 1, max: 5 }), fall: fc.integer({ min: 1, max: 5 }) });

Deno.test("advance() changes health after exactly the rows that it should", () => {
  fc.assert(fc.property(results, counts, (list, { rise, fall }) => {
    let state = FRESH_STATE;
    const conclusive: boolean[] = [];
    for (const [at, result] of list.entries()) {
      const before = state;
      const step = advance(state, result, { rise, fall, at });
      state = step.state;
      if (result.ok || !result.inconclusive) conclusive.push(result.ok);
      else assert.equal(step.changed, false);
      const lastAre = (ok: boolean, count: number): boolean =>
        conclusive.length >= count && conclusive.slice(-count).every((one) => one === ok);
      const expected: Health = lastAre(true, rise) ? "healthy" : lastAre(false, fall) ? "unhealthy" : before.health;
      assert.equal(state.health, expected);
      assert.ok(state.successes === 0 || state.failures === 0);
      assert.ok(state.history.length <= HISTORY_LENGTH);
    }
  }));
});

Deno.test("readHealthState() reads what was written", () => {
  fc.assert(fc.property(results, counts, (list, { rise, fall }) => {
    let state = FRESH_STATE;
    for (const [at, result] of list.entries()) state = advance(state, result, { rise, fall, at }).state;
    assert.deepEqual(readHealthState(JSON.parse(JSON.stringify(state))), state);
  }));
});

Deno.test("readHealthState() never throws, and returns a state that can advance", () => {
  fc.assert(fc.property(fc.jsonValue(), (value) => {
    assert.doesNotThrow(() => advance(readHealthState(value), PASS, { rise: 1, fall: 1, at: 1 }));
  }));
});

const DAMPED: CheckTiming = {
  intervalMs: 1000,
  timeoutMs: 1000,
  rise: 2,
  fall: 1,
  flapDamping: { changes: 3, withinMs: 60_000, holdMs: 10_000 },
};

/** Runs results through at a distance of a second each, and gives the last state. */
function damped(results: string, from: { readonly state: HealthState; readonly at: number }): HealthState {
  let { state, at } = from;
  for (const sign of results) {
    const result = RESULTS[sign];
    assert.ok(result !== undefined);
    state = advance(state, result, { ...DAMPED, at }).state;
    at += 1000;
  }
  return state;
}

const START = { state: FRESH_STATE, at: 100_000 };

Deno.test("advance() lets a server in after rise successes as long as it came and went less often", () => {
  assert.equal(damped("-++-++", START).health, "healthy");
  assert.equal(isDamped(damped("-++-", START), DAMPED.flapDamping), false);
});

Deno.test("advance() holds a server back that became unhealthy too often, until it has passed for long enough", () => {
  const flapping = damped("-++-++-", START);
  assert.deepEqual(flapping.falls, [100_000, 103_000, 106_000]);
  assert.equal(isDamped(flapping, DAMPED.flapDamping), true);
  const from = { state: flapping, at: 107_000 };
  assert.equal(damped("++++++++++", from).health, "unhealthy");
  assert.equal(damped("+++++++++++", from).health, "healthy");
  // A failure begins the time again; an inconclusive result does not.
  assert.equal(damped("++++++++-+++", from).health, "unhealthy");
  assert.equal(damped("+++++?????+", from).health, "healthy");
});

Deno.test("advance() asks for rise even after the time of damping", () => {
  const from = { state: damped("-++-++-", START), at: 107_000 };
  const options = { ...DAMPED, rise: 3, at: 0 };
  const once = advance(from.state, PASS, { ...options, at: 107_000 }).state;
  const twice = advance(once, PASS, { ...options, at: 200_000 }).state;
  assert.equal(twice.health, "unhealthy");
  assert.equal(advance(twice, PASS, { ...options, at: 201_000 }).state.health, "healthy");
});

Deno.test("advance() does not damp what is spread over more than the time", () => {
  const first = damped("-++", START);
  const later = damped("-++-", { state: first, at: 170_000 });
  assert.equal(isDamped(later, DAMPED.flapDamping), false);
  assert.equal(damped("++", { state: later, at: 180_000 }).health, "healthy");
});

Deno.test("advance() continues to damp after a restart", () => {
  const flapping = damped("-++-++-++++", START);
  const restored = readHealthState(JSON.parse(JSON.stringify(flapping)));
  assert.deepEqual(restored, flapping);
  assert.equal(damped("++++++", { state: restored, at: 111_000 }).health, "unhealthy");
  assert.equal(damped("+++++++", { state: restored, at: 111_000 }).health, "healthy");
});

Deno.test("advance() begins the time again where the time of day was set back", () => {
  const flapping = damped("-++-++-++++", START);
  assert.equal(damped("++++++++++", { state: flapping, at: 50_000 }).health, "unhealthy");
  assert.equal(damped("+++++++++++", { state: flapping, at: 50_000 }).health, "healthy");
});

Deno.test("advance() keeps the weight of the last probe that passed", () => {
  const options = { rise: 1, fall: 1, at: 1 };
  const weighed = advance(FRESH_STATE, { ...PASS, weight: 7 }, options).state;
  assert.equal(weighed.weight, 7);
  assert.equal(advance(weighed, FAIL, options).state.weight, 7);
  assert.equal(advance(weighed, UNSURE, options).state.weight, 7);
  assert.equal(advance(weighed, PASS, options).state.weight, undefined);
});

const TIMING: CheckTiming = {
  intervalMs: 10_000,
  timeoutMs: 1000,
  rise: 3,
  fall: 3,
  unhealthyIntervalMs: 30_000,
  retryDelayMs: 500,
};

const DELAYS: readonly (readonly [results: string, delayMs: number])[] = [
  ["", 10_000],
  ["+", 500],
  ["-", 500],
  ["++", 500],
  ["+++", 10_000],
  ["+++-", 500],
  ["+++--", 500],
  ["+++-+", 10_000],
  ["+++---", 30_000],
  ["---", 30_000],
  ["---+", 500],
  ["---++", 500],
  ["---+-", 30_000],
  ["---+++", 10_000],
];

for (const [results, delayMs] of DELAYS) {
  Deno.test(`probeDelayMs() after "${results}" is ${delayMs}`, () => {
    let state = FRESH_STATE;
    for (const sign of results) state = advance(state, RESULTS[sign] ?? PASS, { ...TIMING, at: 1 }).state;
    assert.equal(probeDelayMs(state, TIMING), delayMs);
  });
}

Deno.test("probeDelayMs() is the interval where nothing else is said", () => {
  const { unhealthyIntervalMs: _, retryDelayMs: __, ...plain } = TIMING;
  const unhealthy: HealthState = { health: "unhealthy", successes: 0, failures: 3, since: 1, history: [] };
  assert.equal(probeDelayMs(unhealthy, plain), 10_000);
  assert.equal(probeDelayMs({ ...unhealthy, successes: 1, failures: 0 }, plain), 10_000);
});

Deno.test("probeDelayMs() leaves a damped server at its interval", () => {
  const state = damped("+++", { state: damped("-++-++-", START), at: 107_000 });
  assert.equal(probeDelayMs(state, { ...DAMPED, retryDelayMs: 10, unhealthyIntervalMs: 5000 }), 5000);
});

const GOOD = { health: "healthy", successes: 2, failures: 0, since: 5, history: [{ at: 5, result: PASS }] };

const BAD: Readonly<Record<string, unknown>> = {
  "nothing": undefined,
  "null": null,
  "a list": [],
  "a text": "healthy",
  "another health": { ...GOOD, health: "sick" },
  "a negative count": { ...GOOD, successes: -1 },
  "a fractional count": { ...GOOD, successes: 1.5 },
  "a count as text": { ...GOOD, successes: "2" },
  "both rows": { ...GOOD, failures: 1 },
  "a belief without a beginning": { ...GOOD, since: undefined },
  "a beginning without a belief": { ...GOOD, health: "unknown" },
  "a beginning that is no moment": { ...GOOD, since: "yesterday" },
  "no history": { ...GOOD, history: undefined },
  "too much history": { ...GOOD, history: Array(HISTORY_LENGTH + 1).fill({ at: 5, result: PASS }) },
  "history that is no list": { ...GOOD, history: {} },
  "a sample without a moment": { ...GOOD, history: [{ result: PASS }] },
  "a sample without a result": { ...GOOD, history: [{ at: 5 }] },
  "a success with a reason": { ...GOOD, history: [{ at: 5, result: { ...PASS, reason: "x" } }] },
  "a failure without a reason": { ...GOOD, history: [{ at: 5, result: { ok: false, latencyMs: 1 } }] },
  "a result without latency": { ...GOOD, history: [{ at: 5, result: { ok: true, detail: "x" } }] },
  "an inconclusive that is no flag": { ...GOOD, history: [{ at: 5, result: { ...FAIL, inconclusive: 1 } }] },
  "falls that are no list": { ...GOOD, falls: 3 },
  "a fall that is no moment": { ...GOOD, falls: [1, "2"] },
  "passing without a success": { ...GOOD, successes: 0, failures: 1, health: "unhealthy", passingSince: 1 },
  "passing since no moment": { ...GOOD, passingSince: "x" },
  "a weight that is none": { ...GOOD, weight: -1 },
  "an unknown field": { ...GOOD, mood: "good" },
};

Deno.test("readHealthState() takes the state that the bad ones are made from", () => {
  assert.deepEqual(readHealthState(GOOD), GOOD);
});

for (const [name, value] of Object.entries(BAD)) {
  Deno.test(`readHealthState() takes ${name} as fresh`, () => {
    assert.equal(readHealthState(value), FRESH_STATE);
  });
}
