import assert from "node:assert/strict";
import { type FromWorker, ProbeService } from "../../../../../core/health/mod.ts";
import { type Check, DEFAULT_TIMING, parseIpAddress, type ProbeResult } from "../../../../../core/model/mod.ts";
import { FakeClock } from "../../../../support/fake_clock.ts";

const PASS: ProbeResult = { ok: true, latencyMs: 1, detail: "connected" };
const FAIL: ProbeResult = { ok: false, latencyMs: 1, reason: "connection refused" };

/** A service whose probes have the results of a list, or pass. */
class Rig {
  readonly clock = new FakeClock();
  readonly posts: FromWorker[] = [];
  readonly starts: number[] = [];
  results: ProbeResult[] = [];
  readonly service = new ProbeService({
    clock: this.clock,
    timeOfDay: () => 1000 + this.clock.now(),
    random: () => 0,
    concurrency: 10,
    run: () => Promise.reject(new Error("unexpected")),
    start: (_job, done) => {
      this.starts.push(this.clock.now());
      done(this.results.shift() ?? PASS);
      return { [Symbol.dispose]: () => {} };
    },
    post: (message) => void this.posts.push(message),
  });

  add(change: Partial<Check> = {}): void {
    const check = { type: "tcp", ...DEFAULT_TIMING, intervalMs: 1000, ...change } as Check;
    this.service.take({
      kind: "update",
      removed: [],
      added: [{ id: 1, target: { address: parseIpAddress("10.0.0.1"), port: 80 }, check }],
    });
  }

  async advance(ms: number): Promise<void> {
    await this.clock.advance(ms);
    this.service.endRound();
  }
}

Deno.test("ProbeService sends news at the end of the round: the first result, and each failure", async () => {
  const rig = new Rig();
  rig.results = [PASS, FAIL, PASS, PASS];
  rig.add();
  await rig.advance(0);
  assert.deepEqual(rig.posts, [{ kind: "results", ids: [1], ats: [1000], results: [PASS], lateMs: [0], running: 0 }]);
  await rig.advance(1000);
  assert.deepEqual(rig.posts.slice(1), [{
    kind: "results",
    ids: [1],
    ats: [2000],
    results: [FAIL],
    lateMs: [0],
    running: 0,
  }]);
  await rig.advance(1000);
  assert.deepEqual(rig.posts.slice(2), [{
    kind: "results",
    ids: [1],
    ats: [3000],
    results: [PASS],
    lateMs: [0],
    running: 0,
  }]);
});

Deno.test("ProbeService lets passes after passes wait for others for a tenth of a second", async () => {
  const rig = new Rig();
  rig.add({ intervalMs: 40 });
  await rig.advance(0);
  await rig.advance(139);
  assert.equal(rig.posts.length, 1);
  await rig.advance(1);
  const [, batch] = rig.posts;
  assert.ok(batch?.kind === "results");
  assert.deepEqual([batch.ids, batch.ats], [[1, 1, 1], [1040, 1080, 1120]]);
});

Deno.test("ProbeService probes at the interval that the health asks for", async () => {
  const rig = new Rig();
  rig.results = [PASS, FAIL, FAIL, FAIL, FAIL];
  rig.add({ intervalMs: 1000, retryDelayMs: 100, unhealthyIntervalMs: 300, fall: 3, rise: 1 });
  for (let step = 0; step < 30; step++) await rig.advance(100);
  assert.deepEqual(rig.starts.slice(0, 5), [0, 1000, 1100, 1200, 1500]);
});

Deno.test("ProbeService goes on with the health that it is given", async () => {
  const rig = new Rig();
  rig.results = [FAIL, FAIL];
  const check: Check = { type: "tcp", ...DEFAULT_TIMING, intervalMs: 1000, unhealthyIntervalMs: 5000 };
  const state = { health: "unhealthy", successes: 0, failures: 3, history: [] } as const;
  const target = { address: parseIpAddress("10.0.0.1"), port: 80 };
  rig.service.take({ kind: "update", removed: [], added: [{ id: 1, target, check, state }] });
  await rig.advance(2499);
  assert.deepEqual(rig.starts, [0]);
  await rig.advance(1);
  assert.deepEqual(rig.starts, [0, 2500]);
});

Deno.test("ProbeService cancels jobs, and stops with what it has", async () => {
  const rig = new Rig();
  rig.add();
  await rig.advance(1000);
  rig.service.take({ kind: "update", removed: [1], added: [] });
  const before = rig.starts.length;
  await rig.advance(5000);
  assert.equal(rig.starts.length, before);
  rig.service.take({ kind: "stop" });
  await rig.service.finished;
  assert.equal(rig.clock.pending, 0);
});

Deno.test("ProbeService sends the results that wait when it stops", async () => {
  const rig = new Rig();
  rig.add();
  await rig.advance(0);
  await rig.advance(1000);
  assert.equal(rig.posts.length, 1);
  rig.service.take({ kind: "stop" });
  assert.equal(rig.posts.length, 2);
  await rig.service.finished;
});

Deno.test("ProbeService sends how late probes started with the next results", async () => {
  const rig = new Rig();
  rig.results = [PASS, FAIL];
  rig.add();
  await rig.advance(0);
  rig.clock.stall(1250);
  await rig.advance(0);
  assert.deepEqual(rig.posts.map((post) => post.kind === "results" && post.lateMs), [[0], [250]]);
});
