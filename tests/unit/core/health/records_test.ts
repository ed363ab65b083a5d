import assert from "node:assert/strict";
import { HealthRecords } from "../../../../core/health/mod.ts";
import { toProbeJob } from "../../../../core/health/probe_job.ts";
import { FRESH_STATE } from "../../../../core/health/state.ts";
import {
  type Check,
  DEFAULT_HTTP,
  DEFAULT_TIMING,
  parseIpAddress,
  type ProbeResult,
} from "../../../../core/model/mod.ts";

const PASS: ProbeResult = { ok: true, latencyMs: 1, detail: "connected" };
const server = { address: parseIpAddress("10.0.0.1"), port: 80 };
const other = { address: parseIpAddress("2001:db8::1"), port: 80 };
const check: Check = { type: "tcp", ...DEFAULT_TIMING };

Deno.test("toProbeJob() gives equal keys to equal checks, in whatever order they are written", () => {
  const http: Check = { ...DEFAULT_HTTP, expect: { status: [[200, 299]], body: "ok" }, ...DEFAULT_TIMING };
  const reordered: Check = {
    ...{ fall: http.fall, timeoutMs: http.timeoutMs, expect: { body: "ok", status: [[200, 299]] } },
    ...http,
  };
  assert.notDeepEqual(Object.keys(http), Object.keys(reordered));
  assert.equal(toProbeJob(server, http).key, toProbeJob(server, reordered).key);
});

Deno.test("toProbeJob() takes the check's port, and the server's own where that has none", () => {
  assert.deepEqual(toProbeJob(server, { ...check, port: 8080 }).target, { ...server, port: 8080 });
  assert.equal(toProbeJob(server, { ...check, port: 80 }).key, toProbeJob(server, check).key);
  const elsewhere = toProbeJob({ ...server, port: 81 }, { ...check, port: 80 });
  assert.equal(elsewhere.key, toProbeJob(server, check).key);
});

Deno.test("toProbeJob() tells targets and checks apart", () => {
  const keys = [
    toProbeJob(server, check),
    toProbeJob(other, check),
    toProbeJob({ ...server, port: 81 }, check),
    toProbeJob(server, { ...check, rise: 9 }),
    toProbeJob(server, { ...check, intervalMs: 9 }),
    toProbeJob(server, { ...check, retryDelayMs: 9 }),
    toProbeJob(server, { ...check, flapDamping: { changes: 2, withinMs: 9, holdMs: 9 } }),
    toProbeJob(server, { ...check, send: "a b" }),
  ].map(({ key }) => key);
  assert.equal(new Set(keys).size, keys.length);
  assert.match(keys[1] ?? "", /^\[2001:db8::1\]:80 \{/);
});

Deno.test("HealthRecords keeps a state for each job", () => {
  const records = new HealthRecords();
  const job = toProbeJob(server, { ...check, rise: 1 });
  assert.equal(records.state(job.key).health, "unknown");
  assert.equal(records.record(job, PASS, { at: 7 }).changed, true);
  assert.equal(records.record(job, PASS, { at: 8 }).changed, false);
  assert.equal(records.state(job.key).health, "healthy");
  assert.equal(records.state(job.key).since, 7);
  assert.equal(records.state(toProbeJob(other, job.check).key).health, "unknown");
});

Deno.test("HealthRecords survives a trip through a file", () => {
  const records = new HealthRecords();
  const job = toProbeJob(server, check);
  records.record(job, PASS, { at: 7 });
  const restored = HealthRecords.fromJson(JSON.parse(JSON.stringify(records)));
  assert.deepEqual(restored.toJSON(), records.toJSON());
  assert.equal(restored.record(job, PASS, { at: 8 }).state.health, "healthy");
});

for (
  const value of [undefined, null, "x", [], {}, { version: 2, states: {} }, { version: 1 }, {
    version: 1,
    states: null,
  }]
) {
  Deno.test(`HealthRecords.fromJson() takes ${JSON.stringify(value)} as empty`, () => {
    assert.deepEqual(HealthRecords.fromJson(value).toJSON(), { version: 1, states: {} });
  });
}

Deno.test("HealthRecords.fromJson() keeps the good states beside a bad one", () => {
  const good = { ...FRESH_STATE, health: "unhealthy", failures: 3, since: 1 };
  const records = HealthRecords.fromJson({ version: 1, states: { a: { health: "sick" }, b: good } });
  assert.equal(records.state("a"), FRESH_STATE);
  assert.deepEqual(records.state("b"), good);
});

Deno.test("HealthRecords.retain() forgets everything else", () => {
  const records = new HealthRecords();
  const [stays, goes] = [toProbeJob(server, check), toProbeJob(other, check)];
  records.record(stays, PASS, { at: 1 });
  records.record(goes, PASS, { at: 1 });
  records.retain([stays]);
  assert.equal(records.state(stays.key).successes, 1);
  assert.equal(records.state(goes.key), FRESH_STATE);
});

Deno.test("HealthRecords.retain() takes over what is believed under another timing", () => {
  const records = new HealthRecords();
  const old = toProbeJob(server, { ...check, rise: 1 });
  records.record(old, { ...PASS, weight: 3 }, { at: 1 });
  const changed: Check = { ...check, intervalMs: 60_000, flapDamping: { changes: 2, withinMs: 1, holdMs: 1 } };
  const another: Check = { ...changed, port: 81 };
  records.retain([toProbeJob(server, changed), toProbeJob(server, another)]);
  const { health, weight } = records.state(toProbeJob(server, changed).key);
  assert.deepEqual([health, weight], ["healthy", 3]);
  assert.equal(records.state(toProbeJob(server, another).key).health, "unknown");
  assert.equal(records.state(old.key), FRESH_STATE);
});

Deno.test("HealthRecords.state() has the weight that the last probe that passed asked for", () => {
  const records = new HealthRecords();
  records.record(toProbeJob(server, check), { ...PASS, weight: 3 }, { at: 1 });
  assert.equal(records.state(toProbeJob(server, check).key).weight, 3);
  assert.equal(records.state(toProbeJob(other, check).key).weight, undefined);
});
