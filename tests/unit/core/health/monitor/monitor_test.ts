import assert from "node:assert/strict";
import { monitorProbes, type ProbeFunction, type ProbeJob } from "../../../../../core/health/mod.ts";
import { toProbeJob } from "../../../../../core/health/probe_job.ts";
import { FIRST_PROBE_WITHIN_MS, Monitor } from "../../../../../core/health/monitor/monitor.ts";
import {
  type Check,
  type CheckTiming,
  DEFAULT_TIMING,
  parseIpAddress,
  type ProbeResult,
} from "../../../../../core/model/mod.ts";
import { FakeClock, settle } from "../../../../support/fake_clock.ts";
import { serveTcp, untilClosed } from "../../../../support/loopback.ts";

const PASS: ProbeResult = { ok: true, latencyMs: 0, detail: "connected" };

function job(host: number, change: Partial<CheckTiming> = {}): ProbeJob {
  const check: Check = { type: "tcp", ...DEFAULT_TIMING, intervalMs: 2000, ...change };
  return toProbeJob({ address: parseIpAddress(`10.0.0.${host}`), port: 80 }, check);
}

/** A monitor on a fake clock, with a record of what starts and of what is found. */
class Rig implements AsyncDisposable {
  readonly clock = new FakeClock();
  readonly starts: [host: string, at: number][] = [];
  readonly results: [host: string, at: number][] = [];
  readonly inFlight = new Set<string>();
  readonly monitor: Monitor<ProbeJob, ProbeResult>;
  /** How long a probe takes, by host; a probe that takes for ever ends by its signal alone. */
  durations = new Map<string, number>();
  /** What the next results are answered with; then the interval. */
  delays: number[] = [];
  most = 0;

  constructor(options: Parameters<typeof monitorProbes>[1] = {}) {
    this.monitor = monitorProbes(({ target, check }) => {
      this.results.push([host(target.address), this.clock.now()]);
      return this.delays.shift() ?? check.intervalMs;
    }, {
      clock: this.clock,
      random: () => 0.5,
      probe: this.#probe,
      ...options,
    });
  }

  startsOf(name: number): number[] {
    return this.starts.filter(([host]) => host === String(name)).map(([, at]) => at);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.monitor.stop();
    assert.equal(this.clock.pending, 0, "timers are left");
    assert.equal(this.inFlight.size, 0, "probes are left");
  }

  readonly #probe: ProbeFunction = async (target, _check, { signal }) => {
    const name = host(target.address);
    assert.ok(!this.inFlight.has(name), "two probes of one server at a time");
    this.starts.push([name, this.clock.now()]);
    this.inFlight.add(name);
    this.most = Math.max(this.most, this.inFlight.size);
    const { promise, resolve, reject } = Promise.withResolvers<ProbeResult>();
    const duration = this.durations.get(name) ?? 0;
    using _timer = duration === Infinity ? undefined : this.clock.setTimer(() => resolve(PASS), duration);
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
    try {
      return await promise;
    } finally {
      this.inFlight.delete(name);
    }
  };
}

function host(address: string): string {
  return address.slice("10.0.0.".length);
}

Deno.test("Monitor probes first within a second, and then from start to start without drift", async () => {
  await using rig = new Rig();
  rig.durations.set("1", 700);
  rig.monitor.update([job(1)]);
  await rig.clock.advance(10_000);
  assert.deepEqual(rig.startsOf(1), [500, 2500, 4500, 6500, 8500]);
  assert.deepEqual(rig.results.map(([, at]) => at), [1200, 3200, 5200, 7200, 9200]);
});

Deno.test("Monitor spreads the first probes over no more than the interval", async () => {
  let next = 0;
  const parts = [0, 0.25, 0.999];
  await using rig = new Rig({ random: () => parts[next++] ?? 0 });
  rig.monitor.update([job(1), job(2, { intervalMs: 100 }), job(3, { intervalMs: 60_000 })]);
  await rig.clock.advance(FIRST_PROBE_WITHIN_MS);
  assert.equal(rig.startsOf(1)[0], 0);
  assert.equal(rig.startsOf(2)[0], 25);
  assert.equal(rig.startsOf(3)[0], 999);
});

Deno.test("Monitor never overlaps probes: what takes longer than the interval is followed at once", async () => {
  await using rig = new Rig();
  rig.durations.set("1", 2300);
  rig.monitor.update([job(1)]);
  await rig.clock.advance(8000);
  assert.deepEqual(rig.startsOf(1), [500, 2800, 5100, 7400]);
});

Deno.test("Monitor is back in step after one slow probe", async () => {
  await using rig = new Rig();
  rig.durations.set("1", 1900);
  rig.monitor.update([job(1)]);
  await rig.clock.advance(600);
  rig.durations.set("1", 0);
  await rig.clock.advance(6000);
  assert.deepEqual(rig.startsOf(1), [500, 2500, 4500, 6500]);
});

Deno.test("Monitor keeps the interval after a very slow probe, whose follower was late", async () => {
  await using rig = new Rig();
  rig.durations.set("1", 3900);
  rig.monitor.update([job(1)]);
  await rig.clock.advance(600);
  rig.durations.set("1", 0);
  await rig.clock.advance(8000);
  assert.deepEqual(rig.startsOf(1), [500, 4400, 6400, 8400]);
});

Deno.test("Monitor does not catch up in a burst after a suspension", async () => {
  await using rig = new Rig();
  rig.monitor.update([job(1)]);
  await rig.clock.advance(600);
  rig.clock.stall(60_000);
  await rig.clock.advance(0);
  assert.deepEqual(rig.startsOf(1), [500]);
  await rig.clock.advance(4000);
  assert.deepEqual(rig.startsOf(1), [500, 62_500, 64_500]);
});

Deno.test("Monitor keeps the servers spread after a suspension", async () => {
  let next = 0;
  await using rig = new Rig({ random: () => (next++ % 10) / 10 });
  rig.monitor.update(Array.from({ length: 10 }, (_, index) => job(index + 1)));
  await rig.clock.advance(1000);
  rig.clock.stall(59_950);
  rig.starts.length = 0;
  await rig.clock.advance(2000);
  assert.equal(rig.starts.length, 10);
  const moments = new Set(rig.starts.map(([, at]) => at));
  assert.equal(moments.size, 10, `started together: ${[...moments]}`);
});

Deno.test("Monitor starts the next question after the delay that the last result was answered with", async () => {
  await using rig = new Rig();
  rig.durations.set("1", 30);
  rig.delays = [100, 20, 5000];
  rig.monitor.update([job(1)]);
  await rig.clock.advance(9000);
  // 20 is over before the answer has come.
  assert.deepEqual(rig.startsOf(1), [500, 600, 630, 5630, 7630]);
});

Deno.test("Monitor spreads the second probes over a whole interval, and then keeps to it", async () => {
  let seed = 0;
  await using rig = new Rig({ random: () => (seed = (seed * 5 + 3) % 16) / 16 });
  const jobs = Array.from({ length: 16 }, (_, index) => job(index + 1, { intervalMs: 10_000 }));
  rig.monitor.update(jobs);
  await rig.clock.advance(60_000);
  const places = jobs.map(({ target }) => rig.startsOf(Number(host(target.address))));
  for (const [first = 0, second = 0, ...others] of places) {
    assert.ok(first <= FIRST_PROBE_WITHIN_MS);
    assert.ok(second - first >= 5000 && second - first <= 15_000, `${first} ${second}`);
    assert.deepEqual(others.slice(0, 3), [1, 2, 3].map((count) => second + count * 10_000));
  }
  const tenths = new Set(places.map(([, second = 0]) => Math.floor((second % 10_000) / 1000)));
  assert.ok(tenths.size >= 8, `in ${tenths.size} of ten parts of the interval`);
});

Deno.test("Monitor puts the first probe off for a part of the warm-up", async () => {
  await using rig = new Rig();
  rig.monitor.update([job(1, { warmupMs: 10_000 }), job(2, { warmupMs: 0 })]);
  await rig.clock.advance(6000);
  assert.equal(rig.startsOf(1)[0], 5000);
  assert.equal(rig.startsOf(2)[0], 0);
});

Deno.test("Monitor leaves half of its room to those that answer, where the others hang", async () => {
  await using rig = new Rig({ concurrency: 4 });
  const hung = Array.from({ length: 20 }, (_, index) => job(index + 1));
  for (const { target } of hung) rig.durations.set(host(target.address), 1900);
  rig.monitor.update(hung);
  // Until each has shown once that it hangs.
  await rig.clock.advance(20_000);
  rig.monitor.update([...hung, job(101), job(102)]);
  rig.starts.length = 0;
  await rig.clock.advance(9999);
  assert.deepEqual(rig.startsOf(101), [20_500, 22_500, 24_500, 26_500, 28_500]);
  assert.deepEqual(rig.startsOf(102), [20_500, 22_500, 24_500, 26_500, 28_500]);
  assert.ok(rig.starts.length > 10 + 8, "those that hang are not asked any more");
});

Deno.test("Monitor lets no hanging probe delay another", async () => {
  await using rig = new Rig();
  rig.durations.set("1", Infinity);
  rig.monitor.update([job(1), job(2), job(3)]);
  await rig.clock.advance(5000);
  assert.deepEqual(rig.startsOf(1), [500]);
  assert.deepEqual(rig.startsOf(2), [500, 2500, 4500]);
  assert.deepEqual(rig.startsOf(3), [500, 2500, 4500]);
});

Deno.test("Monitor keeps to its concurrency", async () => {
  await using rig = new Rig({ concurrency: 3 });
  for (let host = 1; host <= 10; host++) rig.durations.set(String(host), 100);
  rig.monitor.update(Array.from({ length: 10 }, (_, index) => job(index + 1)));
  await rig.clock.advance(2000);
  assert.equal(rig.most, 3);
  assert.equal(rig.results.length, 10);
  assert.deepEqual(rig.starts.map(([, at]) => at), [500, 500, 500, 600, 600, 600, 700, 700, 700, 800]);
  // Less than an interval late: the next one is where it would have been.
  await rig.clock.advance(2000);
  assert.deepEqual(rig.startsOf(1), [500, 2500]);
});

Deno.test("Monitor starts any number of runs that end at once, however deep the stack is", async () => {
  const clock = new FakeClock();
  let runs = 0;
  await using monitor = new Monitor<{ readonly key: string }, number>(() => 10_000, {
    clock,
    concurrency: 1,
    random: () => 0,
    firstWithinMs: () => 0,
    run: () => assert.fail("every run ends at once"),
    start: (_, done) => {
      done(runs++);
      return { [Symbol.dispose]: () => {} };
    },
  });
  monitor.update(Array.from({ length: 20_000 }, (_, index) => ({ key: String(index) })));
  await clock.advance(1);
  assert.equal(runs, 20_000);
});

Deno.test("Monitor probes equal jobs once", async () => {
  await using rig = new Rig();
  rig.monitor.update([job(1), job(1), job(2)]);
  assert.equal(rig.monitor.size, 2);
  await rig.clock.advance(1000);
  assert.deepEqual(rig.starts.map(([host]) => host), ["1", "2"]);
});

Deno.test("Monitor.update() leaves jobs that stay in step, starts new ones and calls others off", async () => {
  await using rig = new Rig();
  rig.durations.set("2", Infinity);
  rig.monitor.update([job(1), job(2)]);
  await rig.clock.advance(1300);
  assert.deepEqual([...rig.inFlight], ["2"]);
  rig.monitor.update([job(3), job(1)]);
  await settle();
  assert.deepEqual([...rig.inFlight], []);
  assert.equal(rig.monitor.size, 2);
  await rig.clock.advance(4000);
  assert.deepEqual(rig.startsOf(1), [500, 2500, 4500]);
  assert.deepEqual(rig.startsOf(2), [500]);
  assert.deepEqual(rig.startsOf(3), [1800, 3800]);
  assert.ok(rig.results.every(([host]) => host !== "2"), "a result of a cancelled job");
});

Deno.test("Monitor.update() takes a changed check as a new job", async () => {
  await using rig = new Rig();
  rig.monitor.update([job(1)]);
  await rig.clock.advance(1000);
  rig.monitor.update([job(1, { intervalMs: 400 })]);
  await rig.clock.advance(1000);
  assert.deepEqual(rig.startsOf(1), [500, 1200, 1600, 2000]);
});

Deno.test("Monitor.stop() calls off what is in flight, in line and asleep, and hands nothing on", async () => {
  await using rig = new Rig({ concurrency: 1 });
  rig.durations.set("1", Infinity);
  rig.monitor.update([job(1), job(2), job(3, { intervalMs: 60_000 })]);
  await rig.clock.advance(600);
  await rig.monitor.stop();
  await rig.monitor.finished;
  assert.equal(rig.monitor.size, 0);
  assert.equal(rig.clock.pending, 0);
  assert.deepEqual(rig.results, []);
  rig.monitor.update([job(4)]);
  await rig.clock.advance(5000);
  assert.deepEqual(rig.starts.map(([host]) => host), ["1"]);
});

Deno.test("Monitor hands nothing on that is found after the stop", async () => {
  const clock = new FakeClock();
  const { promise, resolve } = Promise.withResolvers<ProbeResult>();
  let results = 0;
  const monitor = monitorProbes(() => results++, { clock, random: () => 0, probe: () => promise });
  monitor.update([job(1)]);
  await clock.advance(0);
  const stopped = monitor.stop();
  resolve(PASS);
  await stopped;
  assert.equal(results, 0);
});

Deno.test("Monitor stops by its signal", async () => {
  const controller = new AbortController();
  await using rig = new Rig({ signal: controller.signal });
  rig.durations.set("1", Infinity);
  rig.monitor.update([job(1)]);
  await rig.clock.advance(600);
  controller.abort();
  await rig.monitor.finished;
  assert.equal(rig.clock.pending, 0);
});

Deno.test("Monitor with an aborted signal is finished from the start", async () => {
  await using rig = new Rig({ signal: AbortSignal.abort() });
  rig.monitor.update([job(1)]);
  await rig.monitor.finished;
  assert.equal(rig.monitor.size, 0);
});

Deno.test("Monitor stops and tells when its callback throws", async () => {
  const clock = new FakeClock();
  const bug = new TypeError("Bug");
  const monitor = monitorProbes(() => {
    throw bug;
  }, { clock, random: () => 0, probe: () => Promise.resolve(PASS) });
  const finished = assert.rejects(monitor.finished, (error) => error === bug);
  monitor.update([job(1), job(2)]);
  await clock.advance(0);
  await finished;
  assert.equal(clock.pending, 0);
});

Deno.test("Monitor can be updated from its callback", async () => {
  const clock = new FakeClock();
  const seen: string[] = [];
  await using monitor: Monitor<ProbeJob, ProbeResult> = monitorProbes(({ target, check }) => {
    seen.push(host(target.address));
    monitor.update([job(2)]);
    return check.intervalMs;
  }, { clock, random: () => 0, probe: () => Promise.resolve(PASS) });
  monitor.update([job(1)]);
  await clock.advance(2000);
  assert.deepEqual(seen, ["1", "2", "2"]);
});

Deno.test("Monitor probes real servers, and leaves nothing of it behind", async () => {
  await using server = serveTcp(untilClosed);
  const results: ProbeResult[] = [];
  const enough = Promise.withResolvers<void>();
  const monitor = monitorProbes((_, result) => {
    results.push(result);
    if (results.length === 3) enough.resolve();
    return 1;
  }, { random: () => 0 });
  monitor.update([toProbeJob(server.target, { type: "tcp", ...DEFAULT_TIMING, intervalMs: 1 })]);
  await enough.promise;
  await monitor.stop();
  assert.ok(results.every(({ ok }) => ok));
});
