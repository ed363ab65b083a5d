import assert from "node:assert/strict";
import { type FromWorker, type ProbeJob, RemoteProbes, type ToWorker } from "../../../../../core/health/mod.ts";
import { toProbeJob } from "../../../../../core/health/probe_job.ts";
import type { HealthState } from "../../../../../core/health/mod.ts";
import { type CheckTiming, DEFAULT_TIMING, parseIpAddress, type ProbeResult } from "../../../../../core/model/mod.ts";
import { FakeClock, settle } from "../../../../support/fake_clock.ts";

const PASS: ProbeResult = { ok: true, latencyMs: 1, detail: "connected" };

function job(host: number, change: Partial<CheckTiming> = {}): ProbeJob {
  const target = { address: parseIpAddress(`10.0.0.${host}`), port: 80 };
  return toProbeJob(target, { type: "tcp", ...DEFAULT_TIMING, ...change });
}

/** A worker of the test. */
class FakeWorker implements Disposable {
  readonly sent: ToWorker[] = [];
  isOpen = true;
  readonly say: (message: FromWorker) => void;
  readonly end: (reason: string) => void;

  constructor(say: (message: FromWorker) => void, end: (reason: string) => void) {
    this.say = say;
    this.end = end;
  }

  send(message: ToWorker): void {
    assert.ok(this.isOpen, "a message to a worker that has ended");
    this.sent.push(message);
  }

  /** The targets of the jobs that it was sent to start, and the numbers of those to cancel. */
  get updates(): unknown[] {
    return this.sent.map((message) =>
      message.kind === "update"
        ? [message.added.map(({ id, target }) => `${id} ${target.address}`), message.removed]
        : message.kind
    );
  }

  [Symbol.dispose](): void {
    this.isOpen = false;
  }
}

class Rig {
  readonly clock = new FakeClock();
  readonly workers: FakeWorker[] = [];
  readonly results: unknown[] = [];
  readonly ends: unknown[] = [];
  readonly late: number[] = [];
  readonly controller = new AbortController();
  states: Record<string, HealthState> = {};
  /** Why the next worker cannot be started. */
  obstacle: Error | undefined;
  onResult: (job: ProbeJob, result: ProbeResult, at: number) => void = ({ target }, { ok }, at) =>
    void this.results.push([target.address, ok, at]);
  readonly probes = new RemoteProbes((...result) => this.onResult(...result), {
    clock: this.clock,
    signal: this.controller.signal,
    stateOf: (key) => this.states[key],
    onStart: (lateMs) => void this.late.push(lateMs),
    onWorkerEnd: (end) => void this.ends.push(end),
    startWorker: ({ onMessage, onEnd }) => {
      const { obstacle } = this;
      this.obstacle = undefined;
      if (obstacle !== undefined) throw obstacle;
      const worker = new FakeWorker(onMessage, onEnd);
      this.workers.push(worker);
      return worker;
    },
  });

  worker(index: number): FakeWorker {
    const worker = this.workers[index];
    assert.ok(worker !== undefined, `worker ${index} was not started`);
    return worker;
  }
}

Deno.test("RemoteProbes tries again to start a worker that cannot be started", async () => {
  const rig = new Rig();
  rig.obstacle = new Error("too many open files");
  rig.probes.update([job(1)]);
  assert.deepEqual(rig.ends, [{ reason: "too many open files", restartMs: 100 }]);
  await rig.clock.advance(100);
  assert.deepEqual(rig.worker(0).updates, [[["1 10.0.0.1"], []]]);
});

Deno.test("RemoteProbes starts a worker for the first jobs, and sends it changes", () => {
  const rig = new Rig();
  rig.probes.update([]);
  assert.equal(rig.workers.length, 0);
  rig.probes.update([job(1), job(2)]);
  rig.probes.update([job(2), job(3)]);
  assert.deepEqual(rig.worker(0).updates, [[["1 10.0.0.1", "2 10.0.0.2"], []], [["3 10.0.0.3"], [1]]]);
});

Deno.test("RemoteProbes.prepare() starts the worker, and waits until it is ready", async () => {
  const rig = new Rig();
  let isReady = false;
  const prepared = rig.probes.prepare().then(() => void (isReady = true));
  await settle();
  assert.deepEqual([rig.worker(0).sent, isReady], [[], false]);
  rig.worker(0).say({ kind: "ready" });
  await prepared;
  rig.probes.update([job(1)]);
  assert.deepEqual([rig.worker(0).updates, rig.workers.length], [[[["1 10.0.0.1"], []]], 1]);
});

Deno.test("RemoteProbes.prepare() does not wait for a worker that ends, nor after the stop", async () => {
  const rig = new Rig();
  const prepared = rig.probes.prepare();
  rig.worker(0).end("out of luck");
  await prepared;
  rig.controller.abort();
  await rig.probes.prepare();
  assert.equal(rig.workers.length, 1);
});

Deno.test("RemoteProbes replaces a worker that does not start, and prepare() does not wait for it", async () => {
  const rig = new Rig();
  const prepared = rig.probes.prepare();
  await rig.clock.advance(5000);
  await prepared;
  rig.probes.update([job(1)]);
  await rig.clock.advance(25_000);
  assert.deepEqual(rig.ends, [{ reason: "it does not start", restartMs: 100 }]);
  await rig.clock.advance(100);
  rig.worker(1).say({ kind: "ready" });
  await rig.clock.advance(60_000);
  assert.deepEqual(rig.worker(1).updates, [[["1 10.0.0.1"], []]]);
  assert.equal(rig.ends.length, 1);
});

Deno.test("RemoteProbes hands results on with their times, but for jobs that are cancelled", () => {
  const rig = new Rig();
  rig.probes.update([job(1), job(2)]);
  rig.probes.update([job(2)]);
  rig.worker(0).say({ kind: "results", ids: [1, 2], ats: [5, 6], results: [PASS, PASS], lateMs: [], running: 0 });
  assert.deepEqual(rig.results, [["10.0.0.2", true, 6]]);
});

Deno.test("RemoteProbes sends the health that the delays of a job depend on, without its history", () => {
  const rig = new Rig();
  const stateful = job(1, { retryDelayMs: 100 });
  const state: HealthState = { health: "healthy", successes: 5, failures: 0, history: [{ at: 1, result: PASS }] };
  rig.states = { [stateful.key]: state, [job(2).key]: state };
  rig.probes.update([stateful, job(2)]);
  const [message] = rig.worker(0).sent;
  assert.ok(message?.kind === "update");
  assert.deepEqual(message.added.map((added) => added.state), [{ ...state, history: [] }, undefined]);
});

Deno.test("RemoteProbes replaces a worker that has ended, and reports it", async () => {
  const rig = new Rig();
  rig.probes.update([job(1)]);
  rig.worker(0).end("out of luck");
  assert.deepEqual([rig.ends, rig.worker(0).isOpen], [[{ reason: "out of luck", restartMs: 100 }], false]);
  rig.probes.update([job(1), job(2)]);
  await rig.clock.advance(100);
  assert.deepEqual(rig.worker(1).updates, [[["1 10.0.0.1", "2 10.0.0.2"], []]]);
  rig.worker(0).say({ kind: "results", ids: [1], ats: [5], results: [PASS], lateMs: [], running: 0 });
  rig.worker(1).say({ kind: "results", ids: [2], ats: [6], results: [PASS], lateMs: [], running: 0 });
  assert.deepEqual(rig.results, [["10.0.0.2", true, 6]]);
});

Deno.test("RemoteProbes starts workers that end again and again less often", async () => {
  const rig = new Rig();
  rig.probes.update([job(1)]);
  for (let round = 0; round < 9; round++) {
    rig.worker(round).say({ kind: "failed", reason: "a bug" });
    await rig.clock.advance(10_000);
  }
  const delays = [100, 200, 400, 800, 1600, 3200, 6400, 10_000, 10_000];
  assert.deepEqual(rig.ends, delays.map((restartMs) => ({ reason: "a bug", restartMs })));
  rig.worker(9).say({ kind: "ready" });
  await rig.clock.advance(60_000);
  rig.worker(9).end("once more");
  assert.deepEqual(rig.ends.at(-1), { reason: "once more", restartMs: 100 });
});

Deno.test("RemoteProbes stops its worker, and waits for its last results", async () => {
  const rig = new Rig();
  rig.probes.update([job(1)]);
  rig.controller.abort();
  assert.deepEqual(rig.worker(0).updates.at(-1), "stop");
  rig.worker(0).say({ kind: "stopped" });
  await rig.probes.finished;
  assert.deepEqual([rig.worker(0).isOpen, rig.clock.pending], [false, 0]);
});

Deno.test("RemoteProbes does not wait for ever for a worker that does not stop", async () => {
  const rig = new Rig();
  rig.probes.update([job(1)]);
  rig.controller.abort();
  await rig.clock.advance(1000);
  await rig.probes.finished;
  assert.equal(rig.worker(0).isOpen, false);
});

Deno.test("RemoteProbes stops without a worker, and starts none afterwards", async () => {
  const rig = new Rig();
  rig.controller.abort();
  await rig.probes.finished;
  rig.probes.update([job(1)]);
  assert.equal(rig.workers.length, 0);
});

Deno.test("RemoteProbes is finished with the bug of whatever takes the results", async () => {
  const rig = new Rig();
  rig.onResult = () => {
    throw new Error("a bug");
  };
  rig.probes.update([job(1)]);
  const finished = assert.rejects(rig.probes.finished, /a bug/);
  rig.worker(0).say({ kind: "results", ids: [1], ats: [5], results: [PASS], lateMs: [], running: 0 });
  await finished;
  await rig.clock.advance(1000);
  assert.equal(rig.worker(0).isOpen, false);
});

Deno.test("RemoteProbes has the number of probes in progress that the worker sent, and 0 after its end", () => {
  const rig = new Rig();
  rig.probes.update([job(1)]);
  rig.worker(0).say({ kind: "results", ids: [1], ats: [5], results: [PASS], lateMs: [], running: 4 });
  assert.equal(rig.probes.running, 4);
  rig.worker(0).say({ kind: "failed", reason: "a bug" });
  assert.equal(rig.probes.running, 0);
  rig.controller.abort();
});

Deno.test("RemoteProbes reports how late the worker started probes", () => {
  const rig = new Rig();
  rig.probes.update([job(1)]);
  rig.worker(0).say({ kind: "results", ids: [1], ats: [5], results: [PASS], lateMs: [0, 7], running: 0 });
  assert.deepEqual(rig.late, [0, 7]);
  rig.controller.abort();
});
