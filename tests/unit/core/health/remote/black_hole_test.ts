import assert from "node:assert/strict";
import { ProbeService } from "../../../../../core/health/mod.ts";
import { DEFAULT_TIMING, parseIpAddress } from "../../../../../core/model/mod.ts";
import { Reactor } from "../../../../../core/reactor/mod.ts";
import { DeadlineTimer } from "../../../../../core/time/mod.ts";
import { FakePoll } from "../../../../support/fake_poll.ts";
import { settle } from "../../../../support/fake_clock.ts";

const SERVERS = 500;
const INTERVAL_MS = 2000;
const TIMEOUT_MS = 1000;

/** When each server's places in the interval are settled: the second probe is a random time after the first. */
const SETTLED_MS = 3 * INTERVAL_MS;

const ROUNDS = 8;

/** The starts of probes are multiples of 5 ms. */
const GRANULARITY_MS = 5;

Deno.test("a worker asks each server at its interval while every other one swallows all packets", async () => {
  const poll = new FakePoll();
  const reactor: Reactor = new Reactor(poll, { now: () => poll.now, turn: settle, onRound: () => service.endRound() });
  const starts = Array.from({ length: SERVERS }, (): number[] => []);
  const ends: number[] = [];
  let draws = 0;
  const service: ProbeService = new ProbeService({
    clock: reactor.clock,
    timeOfDay: () => poll.now,
    random: () => (draws++ * 0.618) % 1,
    concurrency: SERVERS,
    run: () => Promise.reject(new Error("unexpected")),
    start: ({ id }, done) => {
      const startedAt = poll.now;
      starts[id]?.push(startedAt);
      if (id % 2 === 0) {
        return reactor.clock.setTimer(() => done({ ok: true, latencyMs: 1, detail: "connected" }), 1);
      }
      return new DeadlineTimer(reactor.clock, {
        timeoutMs: TIMEOUT_MS,
        expire: () => {
          ends.push(poll.now - startedAt);
          done({ ok: false, latencyMs: TIMEOUT_MS, reason: "no connection" });
        },
      });
    },
    post: () => {},
  });
  service.take({
    kind: "update",
    removed: [],
    added: starts.map((_, id) => ({
      id,
      target: { address: parseIpAddress(`10.9.${id >> 8}.${id & 255}`), port: 80 },
      check: { type: "tcp", ...DEFAULT_TIMING, intervalMs: INTERVAL_MS, timeoutMs: TIMEOUT_MS },
    })),
  });
  const endMs = SETTLED_MS + ROUNDS * INTERVAL_MS;
  reactor.clock.setTimer(() => reactor.stop(), endMs);
  await reactor.run();
  for (const [id, times] of starts.entries()) {
    const settled = times.filter((time) => time >= SETTLED_MS);
    assert.ok(Math.abs(settled.length - ROUNDS) <= 1, `server ${id} was asked ${settled.length} times`);
    const gaps = settled.slice(1).map((time, index) => time - (settled[index] ?? NaN) - INTERVAL_MS);
    assert.ok(gaps.every((gap) => Math.abs(gap) <= GRANULARITY_MS), `server ${id} was asked late: ${gaps}`);
  }
  assert.ok(ends.length >= SERVERS / 2 * ROUNDS, `${ends.length} waited in vain`);
  assert.ok(
    ends.every((time) => time >= TIMEOUT_MS && time <= TIMEOUT_MS + 1),
    `the longest took ${Math.max(...ends)}`,
  );
});
