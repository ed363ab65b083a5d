import assert from "node:assert/strict";
import { checkOnce, JobTable, type ProbeFunction } from "../../../../core/health/mod.ts";
import {
  type Check,
  DEFAULT_QUORUM,
  DEFAULT_TIMING,
  DEFAULT_TUNNEL,
  type DesiredService,
  parseEndpoint,
  parseServiceId,
  type ProbeResult,
  type RealServer,
  type ServerId,
} from "../../../../core/model/mod.ts";
import { FakeClock, settle } from "../../../support/fake_clock.ts";
import { closedPort, serveTcp, untilClosed } from "../../../support/loopback.ts";

const check: Check = { type: "tcp", ...DEFAULT_TIMING };
const PASS: ProbeResult = { ok: true, latencyMs: 2, detail: "connected" };
const FAIL: ProbeResult = { ok: false, latencyMs: 3, reason: "connection refused (ECONNREFUSED)" };

function realServer(id: ServerId | string, weight = 1): RealServer {
  const { address, port } = typeof id === "string" ? parseEndpoint(id) : id;
  return { address, port, forward: "nat", weight, upperThreshold: 0, lowerThreshold: 0, tunnel: DEFAULT_TUNNEL };
}

function service(listen: string, change: Partial<DesiredService>): DesiredService {
  return {
    service: { id: parseServiceId(listen), scheduler: "wlc", schedulerFlags: 0, onePacket: false },
    servers: [],
    onFailure: "remove",
    quorum: DEFAULT_QUORUM,
    panicThreshold: 0,
    ...change,
  };
}

/** Passes every server but those named. */
function failing(...addresses: string[]): ProbeFunction {
  return ({ address }) => Promise.resolve(addresses.includes(address) ? FAIL : PASS);
}

Deno.test("checkOnce() probes real servers", async () => {
  await using up = serveTcp(untilClosed);
  const down = closedPort();
  const desired = [service("tcp://192.0.2.10:80", { check, servers: [realServer(up.target), realServer(down)] })];
  const round = await checkOnce(new JobTable(desired));
  const [first, second] = round.services[0]?.servers ?? [];
  assert.equal(first?.result?.ok, true);
  assert.equal(second?.result?.ok === false && second.result.reason, "connection refused (ECONNREFUSED)");
  assert.deepEqual([round.allPassed, round.quorumsMet], [false, true]);
  assert.ok(round.durationMs > 0);
});

Deno.test("checkOnce() makes each distinct check once and reports it wherever it is asked for", async () => {
  const probed: string[] = [];
  const probe: ProbeFunction = ({ address, port }) => {
    probed.push(`${address}:${port}`);
    return Promise.resolve(address === "10.0.0.2" ? FAIL : PASS);
  };
  const servers = [realServer("10.0.0.1:80"), realServer("10.0.0.2:80")];
  const desired = [
    service("tcp://192.0.2.10:80", { check, servers }),
    service("tcp://[2001:db8::10]:80", { check: { ...check }, servers }),
    service("tcp://192.0.2.10:443", { check: { ...check, port: 80 }, servers: [realServer("10.0.0.2:443")] }),
  ];
  const round = await checkOnce(new JobTable(desired), { probe });
  assert.deepEqual(probed, ["10.0.0.1:80", "10.0.0.2:80"]);
  assert.deepEqual(round.services.map(({ servers }) => servers.map(({ result }) => result)), [[PASS, FAIL], [
    PASS,
    FAIL,
  ], [FAIL]]);
  assert.deepEqual(round.services.map(({ passed, quorumMet }) => [passed, quorumMet]), [[1, true], [1, true], [
    0,
    false,
  ]]);
  assert.deepEqual(round.probes.map(({ job, result }) => [job.target.address, result]), [["10.0.0.1", PASS], [
    "10.0.0.2",
    FAIL,
  ]]);
  assert.deepEqual([round.allPassed, round.quorumsMet], [false, false]);
});

Deno.test("checkOnce() takes servers without a check as passing", async () => {
  const desired = [
    service("udp://192.0.2.10:53", {
      servers: [realServer("10.0.0.1:53"), realServer("10.0.0.2:53")],
      quorum: { ...DEFAULT_QUORUM, amount: 2 },
    }),
  ];
  const round = await checkOnce(new JobTable(desired), { probe: () => assert.fail("probed") });
  assert.deepEqual(round.services[0]?.servers.map(({ result }) => result), [undefined, undefined]);
  assert.deepEqual([round.allPassed, round.quorumsMet, round.probes.length], [true, true, 0]);
});

Deno.test("checkOnce() counts no server of weight 0 for the quorum, and reports it all the same", async () => {
  const desired = [service("tcp://192.0.2.10:80", { check, servers: [realServer("10.0.0.1:80", 0)] })];
  const round = await checkOnce(new JobTable(desired), { probe: failing() });
  assert.deepEqual(round.services.map(({ passed, quorumMet }) => [passed, quorumMet]), [[0, false]]);
  assert.equal(round.allPassed, true);
});

Deno.test("checkOnce() of nothing is a round", async () => {
  const round = await checkOnce(new JobTable([]));
  assert.deepEqual([round.services, round.probes, round.allPassed, round.quorumsMet], [[], [], true, true]);
});

/** A service with this many servers, whose probes take a second each on the clock. */
function slow(
  count: number,
  clock: FakeClock,
): { readonly desired: DesiredService[]; readonly probe: ProbeFunction; most: number } {
  const servers = Array.from({ length: count }, (_, index) => realServer(`10.0.0.${index + 1}:80`));
  let inFlight = 0;
  const rig = {
    desired: [service("tcp://192.0.2.10:80", { check, servers })],
    most: 0,
    probe: (async (_target, _check, { signal }) => {
      rig.most = Math.max(rig.most, ++inFlight);
      const { promise, resolve, reject } = Promise.withResolvers<ProbeResult>();
      using _timer = clock.setTimer(() => resolve(PASS), 1000);
      signal.addEventListener("abort", () => reject(signal.reason), { once: true });
      return await promise.finally(() => inFlight--);
    }) satisfies ProbeFunction,
  };
  return rig;
}

Deno.test("checkOnce() probes all at the same time", async () => {
  const clock = new FakeClock();
  const { desired, probe } = slow(50, clock);
  const pending = checkOnce(new JobTable(desired), { probe, clock });
  await clock.advance(1000);
  assert.equal((await pending).durationMs, 1000);
});

Deno.test("checkOnce() keeps to its concurrency", async () => {
  const clock = new FakeClock();
  const rig = slow(7, clock);
  const pending = checkOnce(new JobTable(rig.desired), { probe: rig.probe, clock, concurrency: 3 });
  await clock.advance(3000);
  assert.equal((await pending).durationMs, 3000);
  assert.equal(rig.most, 3);
});

Deno.test("checkOnce() that is cancelled leaves nothing behind", async () => {
  const clock = new FakeClock();
  const { desired, probe } = slow(7, clock);
  const controller = new AbortController();
  const pending = checkOnce(new JobTable(desired), { probe, clock, concurrency: 3, signal: controller.signal });
  await settle();
  assert.equal(clock.pending, 3);
  controller.abort(new Error("Stopped"));
  await assert.rejects(pending, /Stopped/);
  assert.equal(clock.pending, 0);
});

Deno.test("checkOnce() passes a bug on, once all probes are over", async () => {
  const clock = new FakeClock();
  const { desired, probe } = slow(3, clock);
  const pending = checkOnce(new JobTable(desired), {
    clock,
    probe: (target, ...rest) =>
      target.address === "10.0.0.1" ? Promise.reject(new TypeError("Bug")) : probe(target, ...rest),
  });
  const rejected = assert.rejects(pending, /Bug/);
  await clock.advance(1000);
  await rejected;
  assert.equal(clock.pending, 0);
});

Deno.test("checkOnce() asks each distinct agent once, and only with an ask function", async () => {
  const agent = { type: "tcp", port: 8081, intervalMs: 1000, timeoutMs: 500 } as const;
  const servers = [realServer("10.0.0.1:80"), realServer("10.0.0.2:80")];
  const desired = [
    service("tcp://192.0.2.10:80", { agent, servers }),
    service("tcp://192.0.2.10:81", { agent, servers: [realServer("10.0.0.1:81")] }),
  ];
  const asked: string[] = [];
  const round = await checkOnce(new JobTable(desired), {
    ask: ({ address, port }) => {
      asked.push(`${address}:${port}`);
      return Promise.resolve({ ok: true, latencyMs: 1, answer: { percent: 50 }, detail: "50%" });
    },
  });
  assert.deepEqual(asked, ["10.0.0.1:8081", "10.0.0.2:8081"]);
  assert.deepEqual(round.agents.map(({ job }) => job.target.address), ["10.0.0.1", "10.0.0.2"]);
  assert.deepEqual((await checkOnce(new JobTable(desired))).agents, []);
});
