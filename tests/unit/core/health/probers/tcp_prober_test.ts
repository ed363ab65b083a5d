import assert from "node:assert/strict";
import { probe } from "../../../../../core/health/mod.ts";
import { type Check, DEFAULT_TIMING, type ProbeResult } from "../../../../../core/model/mod.ts";
import { FakeClock, settle } from "../../../../support/fake_clock.ts";
import { blackHole, closedPort, eventLoopTurns, serveTcp, untilClosed } from "../../../../support/loopback.ts";
import { openSocketsTo } from "../../../../support/open_sockets.ts";

const check: Check = { type: "tcp", ...DEFAULT_TIMING };

/** A result without its latency, which is another each time. */
function verdict({ latencyMs, ...rest }: ProbeResult): Omit<ProbeResult, "latencyMs"> {
  assert.ok(latencyMs >= 0);
  return rest;
}

for (const hostname of ["127.0.0.1", "::1"] as const) {
  Deno.test(`tcp: a server on ${hostname} that accepts passes`, async () => {
    const closed = Promise.withResolvers<void>();
    await using server = serveTcp(async (connection) => {
      await untilClosed(connection);
      closed.resolve();
    }, { hostname });
    assert.deepEqual(verdict(await probe(server.target, check)), { ok: true, detail: "connected" });
    // The probe has closed its connection.
    await closed.promise;
  });

  Deno.test(`tcp: a port on ${hostname} where nothing listens is refused`, async () => {
    const result = await probe(closedPort(hostname), check);
    assert.deepEqual(verdict(result), { ok: false, reason: "connection refused (ECONNREFUSED)", failure: "refused" });
  });
}

Deno.test("tcp: a server that takes the connection and says nothing passes", async () => {
  await using server = serveTcp(untilClosed);
  assert.equal((await probe(server.target, check)).ok, true);
});

Deno.test("tcp: the deadline ends connecting to a black hole", async () => {
  using hole = await blackHole();
  const clock = new FakeClock();
  const pending = probe(hole.target, check, { clock });
  await clock.advance(999);
  assert.equal(clock.pending, 1);
  await clock.advance(1);
  const began = performance.now();
  assert.deepEqual(await pending, {
    ok: false,
    latencyMs: 1000,
    reason: "no connection within 1s",
    failure: "timeout",
  });
  assert.ok(performance.now() - began < 500, "the prober outlives its deadline");
  assert.equal(clock.pending, 0);
});

Deno.test("tcp: aborting a probe rejects it at once with the reason", async () => {
  using hole = await blackHole();
  const clock = new FakeClock();
  const controller = new AbortController();
  const pending = probe(hole.target, check, { clock, signal: controller.signal });
  await settle();
  const reason = new Error("Stopped");
  controller.abort(reason);
  await assert.rejects(pending, (error) => error === reason);
  assert.equal(clock.pending, 0);
});

Deno.test("tcp: an aborted signal keeps a probe from starting", async () => {
  const clock = new FakeClock();
  await assert.rejects(
    probe(closedPort(), check, { clock, signal: AbortSignal.abort(new Error("Stopped")) }),
    /Stopped/,
  );
  assert.equal(clock.pending, 0);
});

Deno.test("tcp: many probes of a black hole leave no socket behind", async () => {
  using hole = await blackHole();
  const clock = new FakeClock();
  const before = openSocketsTo(hole.target);
  const pending = Array.from({ length: 50 }, () => probe(hole.target, check, { clock }));
  while (openSocketsTo(hole.target) < before + pending.length) await eventLoopTurns(1);
  await clock.advance(1000);
  for (const result of await Promise.all(pending)) assert.equal(result.ok, false);
  assert.equal(openSocketsTo(hole.target), before);
});

Deno.test("tcp: port 0 is nothing to probe, and not the server's fault", async () => {
  const result = await probe({ ...closedPort(), port: 0 }, check);
  assert.deepEqual(result, {
    ok: false,
    latencyMs: 0,
    reason: "the server has no port; set one in the check",
    inconclusive: true,
  });
});
