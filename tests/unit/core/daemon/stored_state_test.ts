import assert from "node:assert/strict";
import { restoreState, type StoredState } from "../../../../core/daemon/mod.ts";
import { trimRecords } from "../../../../core/daemon/stored_state.ts";
import { HealthRecords } from "../../../../core/health/mod.ts";
import { toProbeJob } from "../../../../core/health/probe_job.ts";
import { parseEndpoint, type ProbeResult } from "../../../../core/model/mod.ts";

const CHECK = { type: "tcp", intervalMs: 1000, timeoutMs: 500, rise: 1, fall: 1 } as const;
const [A, B] = [parseEndpoint("10.0.0.11:80"), parseEndpoint("10.0.0.12:80")];
const UP: ProbeResult = { ok: true, latencyMs: 1, detail: "connected" };
const DOWN: ProbeResult = { ok: false, latencyMs: 1, reason: "refused" };

/** A state of A, seen at the first time, and B, seen at the second. */
function stored(times: { readonly a: number; readonly b: number }): StoredState {
  const records = new HealthRecords();
  for (const at of [times.a - 2, times.a - 1, times.a]) records.record(toProbeJob(A, CHECK), UP, { at });
  records.record(toProbeJob(B, CHECK), DOWN, { at: times.b });
  return {
    version: 2,
    boot: "this",
    at: times.b,
    health: trimRecords(records),
    agents: { version: 1, states: {} },
    standings: { web: { quorum: "met", servers: {} }, mail: { quorum: "lost", servers: {} } },
    more: { notifications: [1] },
  };
}

/** The health of A and B after a trip through a file. */
function healthOf(state: unknown, options: { readonly boot?: string; readonly now: number }): readonly string[] {
  const { records } = restoreState(JSON.parse(JSON.stringify(state)), {
    boot: options.boot ?? "this",
    now: options.now,
  });
  return [A, B].map((server) => records.state(toProbeJob(server, CHECK).key).health);
}

Deno.test("restoreState() restores health, the services' records, and the state of other parts", () => {
  const state = stored({ a: 1000, b: 1001 });
  assert.deepEqual(healthOf(state, { now: 2000 }), ["healthy", "unhealthy"]);
  const { remembered, more } = restoreState(state, { boot: "this", now: 2000 });
  assert.deepEqual([[...remembered].map(([name, { quorum }]) => [name, quorum]), more], [[["web", "met"], [
    "mail",
    "lost",
  ]], {
    notifications: [1],
  }]);
});

Deno.test("restoreState() forgets servers whose last result is old, or in the future", () => {
  assert.deepEqual(healthOf(stored({ a: 1000, b: 200_000 }), { now: 200_000 }), ["unknown", "unhealthy"]);
  assert.deepEqual(healthOf(stored({ a: 1000, b: 200_000 }), { now: 2000 }), ["healthy", "unknown"]);
});

Deno.test("restoreState() restores only the state of other parts after another boot", () => {
  const state = stored({ a: 1000, b: 1000 });
  assert.deepEqual(healthOf(state, { boot: "other", now: 1000 }), ["unknown", "unknown"]);
  const { remembered, more } = restoreState(state, { boot: "other", now: 1000 });
  assert.deepEqual([remembered.size, more], [0, { notifications: [1] }]);
});

Deno.test("restoreState() takes an unreadable state as empty", () => {
  const state = stored({ a: 1000, b: 1000 });
  const wrong: readonly unknown[] = [
    undefined,
    null,
    7,
    "x",
    [],
    {},
    { ...state, version: 1 },
    { ...state, health: [] },
    { ...state, health: { version: 1, states: { x: { history: [{ at: "soon" }] }, y: 7 } } },
    { ...state, health: undefined, standings: { web: { quorum: "yes" } }, more: 7 },
  ];
  for (const value of wrong) {
    const { records, remembered } = restoreState(value, { boot: "this", now: 1000 });
    assert.deepEqual([records.toJSON().states, remembered.get("web")?.quorum ?? "met"], [{}, "met"], String(value));
  }
});

Deno.test("trimRecords() keeps the last result of each server, and its health", () => {
  const { health } = stored({ a: 1000, b: 1000 });
  assert.deepEqual(Object.values(health.states).map(({ history, successes }) => [history.length, successes]), [
    [1, 3],
    [1, 0],
  ]);
});
