import assert from "node:assert/strict";
import { type Daemon, type DaemonEvent, restoreState } from "../../../../core/daemon/mod.ts";
import { formatServerId, type ProbeResult } from "../../../../core/model/mod.ts";
import { sleep } from "../../../../core/time/mod.ts";
import { FakeClock } from "../../../support/fake_clock.ts";
import { realServer, virtualService } from "../../../support/samples.ts";
import { A, B, Bench, CHECK, UP, WEB, web } from "./daemon_bench.ts";

const { id } = virtualService(WEB);

/** The reported differences, as "reaction operation". */
function drifts(events: readonly DaemonEvent[]): readonly string[] {
  return events.flatMap((event) => event.kind === "drift" ? [`${event.reaction} ${event.change.operation}`] : []);
}

Deno.test("Daemon reports each change by another program once, and leaves it", async () => {
  await using bench = new Bench({ verifyMs: 1000 });
  await bench.load({ services: [web()] });
  await bench.clock.advance(3000);
  assert.deepEqual(drifts(bench.events), []);
  bench.client.editServer(id, realServer(A, { weight: 7 }));
  await bench.clock.advance(5000);
  assert.deepEqual(drifts(bench.events), ["left editServer"]);
  assert.deepEqual(bench.table(), { [A]: 7, [B]: 1 });
  assert.equal(bench.daemon.status().differences.length, 1);
  bench.client.editServer(id, realServer(A, { weight: 1 }));
  await bench.clock.advance(2000);
  bench.client.editServer(id, realServer(A, { weight: 7 }));
  await bench.clock.advance(2000);
  assert.deepEqual(drifts(bench.events), ["left editServer", "left editServer"]);
});

Deno.test("Daemon with repair corrects changes by other programs to its services, and leaves other services", async () => {
  await using bench = new Bench({ verifyMs: 1000, repair: true });
  await bench.load({ services: [web()] });
  await bench.clock.advance(3000);
  bench.client.deleteService(id);
  bench.client.addService(virtualService("tcp://192.0.2.99:80"));
  await bench.clock.advance(1100);
  // A server that was deleted by hand comes back only because it is known to be healthy.
  assert.deepEqual(bench.table(), { [A]: 1, [B]: 1 });
  assert.deepEqual(drifts(bench.events), ["repaired addService", "repaired addServer", "repaired addServer"]);
  assert.equal(bench.client.services().length, 2);
});

Deno.test("Daemon does not report as drift a change that another process is making", async () => {
  await using bench = new Bench({ verifyMs: 1000 });
  await bench.load({ services: [web()] });
  await bench.clock.advance(3000);
  bench.lock.isHeld = true;
  bench.client.editServer(id, realServer(A, { weight: 0 }));
  await bench.clock.advance(3000);
  bench.client.editServer(id, realServer(A, { weight: 1 }));
  bench.lock.isHeld = false;
  await bench.clock.advance(3000);
  assert.deepEqual(drifts(bench.events), []);
});

Deno.test("Daemon with a dry run reports once what it would change", async () => {
  await using bench = new Bench({ verifyMs: 1000, dryRun: true });
  await bench.load({ services: [web()] });
  await bench.clock.advance(5000);
  assert.deepEqual(drifts(bench.events), ["dry-run addService", "dry-run addServer", "dry-run addServer"]);
  assert.deepEqual([bench.client.services(), bench.kinds("change")], [[], 0]);
});

Deno.test("Daemon reports the reason for each change", async () => {
  await using bench = new Bench();
  await bench.load({ services: [web({ fallback: realServer("10.0.0.99:80") })] });
  await bench.clock.advance(1500);
  bench.down.add(A).add(B);
  await bench.clock.advance(3000);
  const reasons = bench.events.flatMap((event) =>
    event.kind === "change" && "server" in event.change
      ? [`${event.change.operation} ${formatServerId(event.change.server)}: ${event.why}`]
      : []
  );
  assert.deepEqual(reasons, [
    "addServer 10.0.0.99:80: the quorum is lost",
    `addServer ${A}: healthy: connected`,
    `addServer ${B}: healthy: connected`,
    "deleteServer 10.0.0.99:80: the quorum is met",
    "addServer 10.0.0.99:80: the quorum is lost",
    `deleteServer ${B}: unhealthy: connection refused`,
    `deleteServer ${A}: unhealthy: connection refused`,
  ]);
});

/** The stored state of a daemon, after a trip through a file. */
function stored(daemon: Daemon, now: number): ReturnType<typeof restoreState> {
  const text = JSON.stringify({ ...daemon.store("boot"), more: {} });
  return restoreState(JSON.parse(text), { boot: "boot", now });
}

Deno.test("Daemon restores a flushed table at once from the state of an earlier daemon", async () => {
  await using first = new Bench();
  first.down.add(B);
  await first.load({ services: [web()] });
  await first.clock.advance(5000);
  const restored = stored(first.daemon, 6000);
  await using second = new Bench({ restored });
  second.down.add(B);
  await second.load({ services: [web()] });
  assert.deepEqual(second.table(), { [A]: 1 });
  await second.clock.advance(5000);
  assert.deepEqual([second.table(), second.kinds("health")], [{ [A]: 1 }, 0]);
});

Deno.test("Daemon ignores an old state, and leaves the table as it is", async () => {
  await using first = new Bench();
  first.down.add(B);
  await first.load({ services: [web()] });
  await first.clock.advance(5000);
  await using second = new Bench({ restored: stored(first.daemon, 1_000_000) });
  second.client.addService(virtualService(WEB));
  second.client.addServer(id, realServer(B));
  await second.load({ services: [web()] });
  assert.deepEqual(second.table(), { [B]: 1 });
});

Deno.test("Daemon.isAlive while results arrive, or without checks", async () => {
  let stuck = false;
  await using bench = new Bench({
    probe: (_target, _check, { signal }) =>
      stuck
        ? new Promise<ProbeResult>((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)))
        : Promise.resolve(UP),
  });
  assert.ok(bench.daemon.isAlive);
  await bench.load({ services: [web({ check: { ...CHECK, intervalMs: 60_000 } })] });
  await bench.clock.advance(65_000);
  assert.ok(bench.daemon.isAlive);
  stuck = true;
  await bench.clock.advance(200_000);
  assert.equal(bench.daemon.isAlive, false);
  await bench.load({ services: [] });
  await bench.clock.advance(200_000);
  assert.ok(bench.daemon.isAlive);
});

Deno.test("Daemon.isAlive is false soon when no result arrives, though one check has a long interval", async () => {
  let stuck = false;
  await using bench = new Bench({
    probe: (_target, _check, { signal }) =>
      stuck
        ? new Promise<ProbeResult>((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)))
        : Promise.resolve(UP),
  });
  const slow = web({ service: virtualService("tcp://192.0.2.20:80"), check: { ...CHECK, intervalMs: 3_600_000 } });
  await bench.load({ services: [web({ check: { ...CHECK, intervalMs: 2000 } }), slow] });
  await bench.clock.advance(20_000);
  assert.ok(bench.daemon.isAlive);
  stuck = true;
  await bench.clock.advance(120_000);
  assert.equal(bench.daemon.isAlive, false);
});

Deno.test("Daemon.isAlive though the second check is delayed further than the others", async () => {
  await using bench = new Bench({ random: () => 0.999 });
  await bench.load({ services: [web({ check: { ...CHECK, intervalMs: 60_000 } })] });
  for (let second = 0; second < 200; second++) {
    await bench.clock.advance(1000);
    assert.ok(bench.daemon.isAlive, `after ${second} seconds`);
  }
});

Deno.test("Daemon.status() has each server's health and intended weight", async () => {
  await using bench = new Bench();
  bench.down.add(B);
  await bench.load({ services: [web({ onFailure: "quiesce", fallback: realServer("10.0.0.99:80") })] });
  const before = bench.daemon.status();
  assert.deepEqual(before.services.map(({ effective }) => effective.onFallback), [true]);
  await bench.clock.advance(5000);
  const { services, differences } = bench.daemon.status();
  assert.deepEqual(differences, []);
  const [service] = services;
  assert.deepEqual(
    service?.servers.map((
      { server, state, weight, isRetained },
    ) => [formatServerId(server), state?.health, weight, isRetained]),
    [[A, "healthy", 1, false], [B, "unhealthy", 0, false]],
  );
  assert.deepEqual([service?.effective.serving, service?.effective.onFallback], [1, false]);
});

Deno.test("Daemon follows the health of the other servers while the kernel refuses one", async () => {
  await using bench = new Bench();
  const servers = [realServer(A), realServer(B), realServer("224.0.0.1:80")];
  await bench.load({ services: [web({ servers })] });
  await bench.clock.advance(1500);
  assert.deepEqual(bench.table(), { [A]: 1, [B]: 1 });
  bench.down.add(A);
  await bench.clock.advance(2500);
  assert.deepEqual(bench.table(), { [B]: 1 }, "and a dead one leaves");
  const [failure] = bench.daemon.status().failures;
  assert.match(failure ?? "", /224\.0\.0\.1:80/);
  const made = bench.events.flatMap((event) => event.kind === "change" ? [event.change.operation] : []);
  assert.deepEqual(made, ["addService", "addServer", "addServer", "deleteServer"]);
});

Deno.test("Daemon keeps the fallback while the kernel refuses the server that would replace it", async () => {
  await using bench = new Bench();
  const refused = "224.0.0.1:80";
  bench.down.add(refused);
  await bench.load({ services: [web({ servers: [realServer(refused)], fallback: realServer(B) })] });
  await bench.clock.advance(3000);
  bench.down.clear();
  await bench.clock.advance(20_000);
  assert.deepEqual(bench.table(), { [B]: 1 });
});

Deno.test("Daemon marks a failure that lasts as repeated, and has it in its status until it ends", async () => {
  await using bench = new Bench();
  const refused = web({ service: virtualService("tcp://192.0.2.11:80", { scheduler: "none-such" }) });
  await bench.load({ services: [refused, web()] });
  await bench.clock.advance(20_000);
  const repeated = bench.events.flatMap((event) => event.kind === "failure" ? [event.isRepeated] : []);
  assert.deepEqual([repeated[0], new Set(repeated.slice(1))], [false, new Set([true])]);
  assert.match(bench.daemon.status().failures.join(), /192\.0\.2\.11:80/);
  await bench.load({ services: [web()] });
  assert.deepEqual(bench.daemon.status().failures, []);
});

Deno.test("Daemon keeps servers that the file does not name until its own are healthy, and reports each once", async () => {
  await using bench = new Bench();
  const foreign = "10.0.0.50:81";
  bench.client.addService(virtualService(WEB));
  bench.client.addServer(id, realServer(foreign));
  bench.down.add(A).add(B);
  await bench.load({ services: [web()] });
  await bench.clock.advance(10_000);
  assert.deepEqual(bench.table(), { [foreign]: 1 });
  assert.equal(bench.kinds("kept"), 1);
  bench.kernel.setTraffic(Array<bigint>(10).fill(0n), [3, 0, 0]);
  bench.down.clear();
  await bench.clock.advance(2500);
  assert.deepEqual(bench.table(), { [A]: 1, [B]: 1, [foreign]: 0 });
  await bench.clock.advance(11_000);
  assert.deepEqual(bench.table(), { [A]: 1, [B]: 1 });
});

Deno.test("Daemon drains a server that is added while it runs as one that it finds at its start, and leaves other changes", async () => {
  await using bench = new Bench({ verifyMs: 1000 });
  const other = virtualService("tcp://192.0.2.11:80");
  await bench.load({ services: [web(), web({ service: other })] });
  await bench.clock.advance(1500);
  bench.client.addServer(id, realServer("10.0.0.50:81"));
  bench.client.editServer(other.id, realServer(A, { weight: 7 }));
  await bench.clock.advance(4000);
  assert.deepEqual(bench.table(), { [A]: 1, [B]: 1 });
  assert.equal(bench.client.servers(other.id).find(({ weight }) => weight === 7)?.address, "10.0.0.11");
  const drift = bench.events.flatMap((event) => event.kind === "drift" ? [event.reaction] : []);
  assert.deepEqual(drift.toSorted(), ["drained", "left"]);
});

Deno.test("Daemon reports a check that cannot be made once, and follows the other checks", async () => {
  await using bench = new Bench({
    probe: (target) =>
      Promise.resolve<ProbeResult>(
        formatServerId(target) === A
          ? {
            ok: false,
            latencyMs: 0,
            reason: "Cannot run /usr/local/bin/check: not found (ENOENT)",
            inconclusive: true,
          }
          : UP,
      ),
  });
  await bench.load({ services: [web()] });
  await bench.clock.advance(60_000);
  assert.deepEqual(bench.table(), { [B]: 1 });
  const reasons = bench.events.flatMap((event) => event.kind === "uncheckable" ? [event.reason] : []);
  assert.deepEqual(reasons, ["Cannot run /usr/local/bin/check: not found (ENOENT)"]);
});

Deno.test("Daemon is alive, and overlaps no probes, while every probe takes longer than the interval", async () => {
  let running = 0;
  let most = 0;
  const starts: number[] = [];
  const clock = new FakeClock();
  await using bench = new Bench({
    clock,
    timeOfDay: () => clock.now(),
    probe: async (_target, _check, { signal }) => {
      starts.push(clock.now());
      most = Math.max(most, ++running);
      await sleep(30_000, { clock, signal }).finally(() => running--);
      return { ok: false, latencyMs: 30_000, reason: "no answer within 30s" };
    },
  });
  bench.daemon.load({ services: [web({ servers: [realServer(A)], check: { ...CHECK, timeoutMs: 30_000 } })] });
  for (let second = 0; second < 100; second++) {
    await clock.advance(1000);
    assert.ok(bench.daemon.isAlive, `after ${second} seconds`);
  }
  assert.deepEqual([most, starts], [1, [0, 30_000, 60_000, 90_000]]);
});

Deno.test("Daemon tries a refused service in its own time alone, however often others change", async () => {
  await using bench = new Bench();
  const refused = web({ service: virtualService("tcp://192.0.2.11:80", { scheduler: "none-such" }), servers: [] });
  await bench.load({ services: [refused, web()] });
  await bench.clock.advance(20_000);
  const before = bench.kinds("failure");
  for (let round = 0; round < 4; round++) {
    bench.down.add(A);
    await bench.clock.advance(2000);
    bench.down.clear();
    await bench.clock.advance(3000);
  }
  assert.ok(bench.kinds("failure") - before <= 2, `${bench.kinds("failure") - before} attempts in 20 s`);
  assert.equal(bench.daemon.status().failures.length, 1);
  assert.deepEqual(bench.table(), { [A]: 1, [B]: 1 });
  await bench.clock.advance(70_000);
  assert.ok(bench.kinds("failure") > before, "it is still tried");
});

Deno.test("Daemon verifies the other services while one is refused", async () => {
  await using bench = new Bench({ verifyMs: 1000 });
  const refused = web({ service: virtualService("tcp://192.0.2.11:80", { scheduler: "none-such" }), servers: [] });
  await bench.load({ services: [refused, web()] });
  await bench.clock.advance(40_000);
  assert.deepEqual(drifts(bench.events), []);
  bench.client.editServer(id, realServer(A, { weight: 7 }));
  await bench.clock.advance(3000);
  assert.deepEqual(drifts(bench.events), ["left editServer"]);
});
