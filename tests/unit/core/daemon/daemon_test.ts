import assert from "node:assert/strict";
import { parseConfig } from "../../../../core/config/mod.ts";
import { Daemon } from "../../../../core/daemon/mod.ts";
import { trackedChecks } from "../../../../core/model/mod.ts";
import { realServer, virtualService } from "../../../support/samples.ts";
import { A, B, Bench, CHECK, UP, WEB, web } from "./daemon_bench.ts";

Deno.test("Daemon adds a server that the kernel lacks only when it is healthy", async () => {
  await using bench = new Bench();
  bench.down.add(B);
  await bench.load({ services: [web()] });
  assert.deepEqual(bench.table(), {});
  await bench.clock.advance(5000);
  assert.deepEqual(bench.table(), { [A]: 1 });
});

Deno.test("Daemon leaves the kernel's servers as they are while their health is unknown", async () => {
  await using bench = new Bench();
  bench.client.addService(virtualService(WEB));
  bench.client.addServer(virtualService(WEB).id, realServer(A));
  bench.client.addServer(virtualService(WEB).id, realServer(B, { weight: 0 }));
  await bench.load({ services: [web()] });
  assert.deepEqual([bench.table(), bench.kinds("change")], [{ [A]: 1, [B]: 0 }, 0]);
});

Deno.test("Daemon removes a server after fall failures in a row, and adds it after rise successes", async () => {
  await using bench = new Bench();
  await bench.load({ services: [web()] });
  await bench.clock.advance(1500);
  assert.deepEqual(bench.table(), { [A]: 1, [B]: 1 });
  bench.down.add(A);
  await bench.clock.advance(1000);
  assert.deepEqual(bench.table(), { [A]: 1, [B]: 1 });
  await bench.clock.advance(1000);
  assert.deepEqual(bench.table(), { [B]: 1 });
  bench.down.clear();
  await bench.clock.advance(1000);
  assert.deepEqual(bench.table(), { [B]: 1 });
  await bench.clock.advance(1000);
  assert.deepEqual(bench.table(), { [A]: 1, [B]: 1 });
});

Deno.test("Daemon checks what virtual routers track with the servers, and has the health after rise and fall results", async () => {
  await using bench = new Bench();
  const text = "version: 1\nvrrp: [{ name: edge, vrid: 51, device: eth0, vips: 192.0.2.10, track: " +
    "[{ check: { type: tcp, address: 10.0.0.254, port: 53, interval: 1s, rise: 2, fall: 2 } }] }]\nservices: []\n";
  const { vrrp = [] } = await parseConfig(text, { file: "web.yaml" });
  const [check] = trackedChecks(vrrp);
  assert.ok(check !== undefined);
  await bench.load({ services: [web()], vrrp });
  assert.equal(bench.daemon.healthOf(check), "unknown");
  await bench.clock.advance(2000);
  assert.equal(bench.daemon.healthOf(check), "healthy");
  bench.down.add("10.0.0.254:53");
  await bench.clock.advance(1000);
  assert.equal(bench.daemon.healthOf(check), "healthy");
  await bench.clock.advance(1500);
  assert.equal(bench.daemon.healthOf(check), "unhealthy");
  const reported = bench.events.flatMap((event) =>
    event.kind === "health" ? [`${event.job.target.address} ${event.health}`] : []
  );
  assert.deepEqual(reported.filter((line) => line.startsWith("10.0.0.254")), [
    "10.0.0.254 healthy",
    "10.0.0.254 unhealthy",
  ]);
  assert.deepEqual(bench.table(), { [A]: 1, [B]: 1 });
  await bench.load({ services: [web()] });
  assert.equal(bench.daemon.healthOf(check), "unknown");
});

Deno.test("Daemon quiesces an unhealthy server with on_failure quiesce", async () => {
  await using bench = new Bench();
  await bench.load({ services: [web({ onFailure: "quiesce" })] });
  await bench.clock.advance(1500);
  bench.down.add(A);
  await bench.clock.advance(2000);
  assert.deepEqual(bench.table(), { [A]: 0, [B]: 1 });
});

Deno.test("Daemon answers servers that fail together with one plan, the fallback before the deletions", async () => {
  await using bench = new Bench();
  await bench.load({ services: [web({ fallback: realServer("10.0.0.99:80") })] });
  await bench.clock.advance(1500);
  bench.down.add(A).add(B);
  const before = bench.events.length;
  await bench.clock.advance(2000);
  assert.deepEqual(bench.table(), { "10.0.0.99:80": 1 });
  const changes = bench.events.slice(before).flatMap((event) =>
    event.kind === "change" ? [event.change.operation] : []
  );
  assert.deepEqual(changes, ["addServer", "deleteServer", "deleteServer"]);
});

Deno.test("Daemon reacts to the first change though a stream of changes follows", async () => {
  await using bench = new Bench();
  const servers = Array.from({ length: 40 }, (_, index) => realServer(`10.0.1.${index + 1}:80`));
  let started = 0;
  const spread = new Daemon(bench.client, {
    onEvent: (event) => bench.events.push(event),
    signal: bench.signal,
    clock: bench.clock,
    // One first probe each 5 ms.
    random: () => started++ / 200,
    probe: () => Promise.resolve(UP),
  });
  spread.load({ services: [web({ servers, check: { ...CHECK, rise: 1 } })] });
  await bench.clock.advance(50);
  assert.ok(Object.keys(bench.table()).length > 0);
});

Deno.test("Daemon retains the last servers of a panic threshold", async () => {
  await using bench = new Bench();
  await bench.load({ services: [web({ panicThreshold: 1 })] });
  await bench.clock.advance(1500);
  bench.down.add(A).add(B);
  await bench.clock.advance(5000);
  assert.deepEqual(bench.table(), { [A]: 1 });
});

Deno.test("Daemon does not touch services whose health has not changed", async () => {
  await using bench = new Bench();
  const other = virtualService("tcp://192.0.2.11:80");
  await bench.load({
    services: [web(), web({ service: other, servers: [realServer("10.0.0.21:80")] })],
  });
  await bench.clock.advance(1500);
  bench.client.editServer(other.id, realServer("10.0.0.21:80", { weight: 7 }));
  bench.down.add(A);
  await bench.clock.advance(3000);
  assert.deepEqual(bench.client.servers(other.id).map(({ weight }) => weight), [7]);
});

Deno.test("Daemon reports a failed change, and tries again until the kernel accepts it", async () => {
  await using bench = new Bench();
  await bench.load({ services: [web({ service: virtualService(WEB, { scheduler: "none-such" }) })] });
  assert.equal(bench.kinds("failure"), 1);
  await bench.clock.advance(1100);
  assert.equal(bench.kinds("failure"), 2);
  await bench.load({ services: [web()] });
  await bench.clock.advance(3000);
  assert.deepEqual([bench.table(), bench.kinds("failure")], [{ [A]: 1, [B]: 1 }, 2]);
});

Deno.test("Daemon waits longer after each failure, and begins anew with another file", async () => {
  await using bench = new Bench();
  const refused = { services: [web({ service: virtualService(WEB, { scheduler: "none-such" }), servers: [] })] };
  await bench.load(refused);
  await bench.clock.advance(200_000);
  const waits = bench.events.flatMap((event) => event.kind === "failure" ? [event.retryMs] : []);
  assert.deepEqual(waits, [1000, 2000, 4000, 8000, 16000, 32000, 60000, 60000, 60000]);
  await bench.load(refused);
  const last = bench.events.findLast((event) => event.kind === "failure");
  assert.equal(last?.kind === "failure" ? last.retryMs : undefined, 1000);
});

Deno.test("Daemon updates the other services when the kernel refuses one", async () => {
  await using bench = new Bench();
  const refused = web({ service: virtualService("tcp://192.0.2.11:80", { scheduler: "none-such" }) });
  await bench.load({ services: [refused, web()] });
  await bench.clock.advance(1500);
  assert.deepEqual(bench.table(), { [A]: 1, [B]: 1 });
});

Deno.test("Daemon.load() keeps the health of servers that stay, and forgets the others", async () => {
  await using bench = new Bench();
  await bench.load({ services: [web()] });
  await bench.clock.advance(1500);
  bench.down.add(A);
  await bench.clock.advance(2000);
  assert.deepEqual(bench.table(), { [B]: 1 });
  await bench.load({ services: [web({ servers: [realServer(A), realServer(B, { weight: 3 })] })] });
  assert.deepEqual(bench.table(), { [B]: 3 });
});

Deno.test("Daemon sets timeouts and starts sync daemons of the file once", async () => {
  await using bench = new Bench();
  await bench.load({ services: [], timeouts: { tcpSeconds: 60, tcpFinSeconds: 0, udpSeconds: 0 } });
  assert.equal(bench.client.getTimeouts().tcpSeconds, 60);
  assert.equal(bench.kinds("change"), 1);
});

Deno.test("Daemon waits while another process changes the table, but not forever", async () => {
  await using bench = new Bench();
  bench.lock.isHeld = true;
  await bench.load({ services: [web()] });
  await bench.clock.advance(2500);
  assert.deepEqual(bench.client.services(), []);
  bench.lock.isHeld = false;
  await bench.clock.advance(100);
  assert.deepEqual(bench.client.services().length, 1);
  await bench.clock.advance(5000);
  assert.deepEqual(bench.table(), { [A]: 1, [B]: 1 });
  assert.ok(bench.lock.taken > 0 && bench.lock.released === bench.lock.taken);
  bench.lock.isHeld = true;
  bench.down.add(B);
  await bench.clock.advance(15_000);
  assert.deepEqual(bench.table(), { [A]: 1 });
});

Deno.test("Daemon leaves the table as it is when it stops", async () => {
  const bench = new Bench();
  await bench.load({ services: [web()] });
  await bench.clock.advance(1500);
  const client = bench.kernel.openClient();
  await bench[Symbol.asyncDispose]();
  assert.equal(client.servers(virtualService(WEB).id).length, 2);
  client.close();
});

Deno.test("Daemon.decisionsInSteps() pauses within a large service, and decides as Daemon.decisions()", async () => {
  await using bench = new Bench();
  const servers = Array.from({ length: 600 }, (_, index) => realServer(`10.9.${index >> 8}.${index & 255}:80`));
  await bench.load({ services: [web({ servers })] });
  const steps = [...bench.daemon.decisionsInSteps(bench.client)];
  // After 256 and 512 servers, and before the result.
  assert.deepEqual(steps.map((step) => step?.servers.length), [undefined, undefined, undefined, 600]);
  assert.deepEqual(steps.at(-1), [...bench.daemon.decisions()][0]);
});
