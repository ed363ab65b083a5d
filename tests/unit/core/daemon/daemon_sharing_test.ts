import assert from "node:assert/strict";
import { restoreState } from "../../../../core/daemon/mod.ts";
import type { Vouch } from "../../../../core/effective/mod.ts";
import { formatServerId } from "../../../../core/model/mod.ts";
import { realServer } from "../../../support/samples.ts";
import { A, B, Bench, DOWN, UP, WEB, web } from "./daemon_bench.ts";

/** What other directors say in a test. */
class Others {
  readonly healthy = new Set<string>();

  readonly vouchOf: NonNullable<ConstructorParameters<typeof Bench>[0]>["vouchOf"] = ({ server }) =>
    this.healthy.has(formatServerId(server)) ? { directors: 2, limitMs: 60_000 } : undefined;
}

Deno.test("Daemon keeps a server that other directors reach, reports it once, and removes it when they do not", async () => {
  const others = new Others();
  await using bench = new Bench({ vouchOf: others.vouchOf });
  await bench.load({ services: [web()] });
  await bench.clock.advance(1500);
  others.healthy.add(A);
  bench.down.add(A);
  await bench.clock.advance(10_000);
  assert.deepEqual(bench.table(), { [A]: 1, [B]: 1 });
  const vetoes = bench.events.filter((event) => event.kind === "veto");
  assert.deepEqual(vetoes.map(({ server, directors, reason }) => [formatServerId(server), directors, reason]), [
    [A, 2, "connection refused"],
  ]);
  assert.deepEqual(bench.daemon.problems.differences, []);
  others.healthy.clear();
  bench.daemon.reconsider(["tcp://192.0.2.10:80"]);
  await bench.clock.advance(100);
  assert.deepEqual(bench.table(), { [B]: 1 });
});

Deno.test("Daemon removes a server that other directors keep when their limit ends, and not before", async () => {
  const others = new Others();
  await using bench = new Bench({ vouchOf: others.vouchOf });
  await bench.load({ services: [web()] });
  await bench.clock.advance(1500);
  others.healthy.add(A);
  bench.down.add(A);
  await bench.clock.advance(60_000);
  assert.deepEqual(bench.table(), { [A]: 1, [B]: 1 });
  await bench.clock.advance(3000);
  assert.deepEqual(bench.table(), { [B]: 1 });
  await bench.clock.advance(200_000);
  assert.deepEqual(bench.table(), { [B]: 1 });
});

Deno.test("Daemon that starts again keeps the servers that others kept, also before it knows the verdicts of others", async () => {
  const others = { known: true, healthy: true };
  const vouchOf = (): Vouch | undefined =>
    others.known && !others.healthy ? undefined : { directors: others.known ? 2 : 0, limitMs: 60_000 };
  await using first = new Bench({ vouchOf });
  await first.load({ services: [web()] });
  await first.clock.advance(1500);
  first.down.add(A).add(B);
  await first.clock.advance(5000);
  assert.deepEqual(first.table(), { [A]: 1, [B]: 1 });
  others.known = false;
  const text = JSON.stringify({ ...first.daemon.store("boot"), more: {} });
  const restored = restoreState(JSON.parse(text), { boot: "boot", now: first.clock.now() });
  await using second = new Bench({ vouchOf, restored, kernel: first.kernel });
  second.clock.stall(first.clock.now());
  second.down.add(A).add(B);
  await second.load({ services: [web()] });
  await second.clock.advance(3000);
  assert.deepEqual([second.table(), second.kinds("veto")], [{ [A]: 1, [B]: 1 }, 0]);
  others.known = true;
  second.daemon.reconsider([WEB]);
  await second.clock.advance(100);
  assert.deepEqual([second.table(), second.kinds("veto")], [{ [A]: 1, [B]: 1 }, 2]);
  others.healthy = false;
  second.daemon.reconsider([WEB]);
  await second.clock.advance(100);
  assert.deepEqual(second.table(), {});
});

Deno.test("Daemon keeps the fallback out and the quorum lost while others reach all of its servers", async () => {
  const others = new Others();
  await using bench = new Bench({ vouchOf: others.vouchOf });
  await bench.load({ services: [web({ name: "web", fallback: realServer("10.0.0.99:80") })] });
  await bench.clock.advance(1500);
  others.healthy.add(A).add(B);
  bench.down.add(A).add(B);
  await bench.clock.advance(10_000);
  assert.deepEqual(bench.table(), { [A]: 1, [B]: 1 });
  assert.equal(bench.daemon.quorum("web"), "lost");
});

Deno.test("Daemon.verdicts() are unknown after two rounds without a conclusive result, and the decisions last", async () => {
  const inconclusive = { ok: false, latencyMs: 0, reason: "no file descriptor is left", inconclusive: true } as const;
  const machine = { canProbe: true };
  await using bench = new Bench({
    probe: (target) => Promise.resolve(machine.canProbe ? formatServerId(target) === A ? DOWN : UP : inconclusive),
  });
  await bench.load({ services: [web()] });
  await bench.clock.advance(3000);
  machine.canProbe = false;
  await bench.clock.advance(2000);
  const healths = (): readonly string[] => bench.daemon.verdicts().map(({ health }) => health);
  assert.deepEqual(healths(), ["unhealthy", "healthy"]);
  await bench.clock.advance(2000);
  assert.deepEqual(healths(), ["unknown", "unknown"]);
  assert.deepEqual(bench.daemon.verdicts().map(({ decided }) => decided), ["unhealthy", "healthy"]);
  assert.deepEqual(bench.table(), { [B]: 1 });
  machine.canProbe = true;
  await bench.clock.advance(1500);
  assert.deepEqual(healths(), ["unhealthy", "healthy"]);
});

Deno.test("Daemon.verdicts() are unknown before the first result and after two rounds without one", async () => {
  await using bench = new Bench();
  await bench.load({ services: [web()] });
  bench.down.add(A);
  await bench.clock.advance(3000);
  const healths = (): readonly string[] => bench.daemon.verdicts().map(({ health }) => health);
  assert.deepEqual(healths(), ["unhealthy", "healthy"]);
  bench.clock.stall(3100);
  assert.deepEqual(healths(), ["unknown", "unknown"]);
});
