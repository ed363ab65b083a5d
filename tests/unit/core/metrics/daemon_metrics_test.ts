import assert from "node:assert/strict";
import type { DaemonFacts } from "../../../../core/metrics/daemon_metrics.ts";
import type { ProbeFunction } from "../../../../core/health/mod.ts";
import { daemonMetrics, formatMetrics, readFamilies } from "../../../../core/metrics/mod.ts";
import { type MetricLevel, parseIpAddress, type ProbeResult } from "../../../../core/model/mod.ts";
import { realServer, virtualService } from "../../../support/samples.ts";
import { A, B, Bench, CHECK, UP, WEB, web } from "../daemon/daemon_bench.ts";

/** The lines of a daemon's samples whose names begin with a text, after the way through the control socket. */
function samples(
  bench: Bench,
  start: string,
  level: MetricLevel = "server",
  more: Partial<DaemonFacts> = {},
): string[] {
  const families = daemonMetrics({
    services: [...bench.daemon.decisions()],
    tallies: bench.daemon.tallies,
    startedAt: 1500,
    loadedAt: 2500,
    isLoaded: false,
    reloads: { all: 3, failed: 1 },
    residentBytes: 4096,
    checksInProgress: bench.daemon.checksInProgress,
    vips: bench.daemon.vipPresence(),
    ...more,
  }, level);
  const text = [...formatMetrics(readFamilies(JSON.parse(JSON.stringify(families))), "prometheus")].join("");
  return text.split("\n").filter((line) => line.startsWith(start));
}

const OF = `virtual_service="${WEB}"`;
const [OF_A, OF_B] = [`{${OF},real_server="${A}"}`, `{${OF},real_server="${B}"}`];

Deno.test("daemonMetrics() counts checks in progress", async () => {
  const probe: ProbeFunction = (_target, _check, { signal }) =>
    new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
  await using bench = new Bench({ probe });
  assert.deepEqual(samples(bench, "lvsctl_probes"), ["lvsctl_probes_in_flight 0"]);
  await bench.load({ services: [web()] });
  await bench.clock.advance(500);
  assert.deepEqual(samples(bench, "lvsctl_probes"), ["lvsctl_probes_in_flight 2"]);
});

Deno.test("daemonMetrics() counts checks, failures and changes of the health of each server", async () => {
  await using bench = new Bench();
  await bench.load({ services: [web()] });
  await bench.clock.advance(1500);
  bench.down.add(B);
  await bench.clock.advance(2000);
  assert.deepEqual(samples(bench, "lvsctl_server_healthy"), [
    `lvsctl_server_healthy${OF_A} 1`,
    `lvsctl_server_healthy${OF_B} 0`,
  ]);
  const transitions = (server: string, to: string): string =>
    `lvsctl_server_transitions_total{${OF},real_server="${server}",to="${to}"}`;
  assert.deepEqual(samples(bench, "lvsctl_server_transitions_total"), [
    `${transitions(A, "healthy")} 1`,
    `${transitions(A, "unhealthy")} 0`,
    `${transitions(B, "healthy")} 1`,
    `${transitions(B, "unhealthy")} 1`,
  ]);
  const checks = samples(bench, "lvsctl_server_checks_total").map((line) => Number(line.split(" ")[1]));
  assert.deepEqual(checks, [4, 4]);
  assert.deepEqual(samples(bench, "lvsctl_server_check_failures_total"), [
    `lvsctl_server_check_failures_total${OF_A} 0`,
    `lvsctl_server_check_failures_total${OF_B} 2`,
  ]);
});

Deno.test("daemonMetrics() has no health of a server before its check has decided", async () => {
  await using bench = new Bench();
  bench.daemon.load({ services: [web()] });
  assert.deepEqual(samples(bench, "lvsctl_server_healthy"), []);
  assert.deepEqual(samples(bench, "lvsctl_server_last_check"), []);
  assert.deepEqual(samples(bench, "lvsctl_server_checked"), [
    `lvsctl_server_checked${OF_A} 0`,
    `lvsctl_server_checked${OF_B} 0`,
  ]);
});

Deno.test("daemonMetrics() has each server of a service in one state", async () => {
  await using bench = new Bench();
  const service = web({ servers: [realServer(A), realServer(B), realServer("10.0.0.13:80")] });
  bench.down.add(B);
  await bench.load({ services: [service] });
  await bench.clock.advance(2500);
  bench.daemon.override([
    { address: parseIpAddress("10.0.0.13"), weight: "maint", at: 7000, until: 9000 },
  ]);
  assert.deepEqual(samples(bench, "lvsctl_service_servers", "service"), [
    `lvsctl_service_servers{${OF},state="healthy"} 1`,
    `lvsctl_service_servers{${OF},state="unhealthy"} 1`,
    `lvsctl_service_servers{${OF},state="unknown"} 0`,
    `lvsctl_service_servers{${OF},state="maintenance"} 1`,
    `lvsctl_service_servers{${OF},state="draining"} 0`,
  ]);
  const of = `{${OF},real_server="10.0.0.13:80"`;
  assert.deepEqual(samples(bench, "lvsctl_override", "service"), [
    `lvsctl_override_info${of},kind="maint"} 1`,
    `lvsctl_override_since_timestamp_seconds${of}} 7`,
    `lvsctl_override_expiry_timestamp_seconds${of}} 9`,
  ]);
});

Deno.test("daemonMetrics() reports a lost quorum and the fallback that serves", async () => {
  await using bench = new Bench();
  bench.down.add(A).add(B);
  await bench.load({ services: [web({ fallback: realServer("10.0.0.99:80") })] });
  await bench.clock.advance(2500);
  assert.deepEqual(samples(bench, "lvsctl_quorum_met"), [`lvsctl_quorum_met{${OF}} 0`]);
  assert.deepEqual(samples(bench, "lvsctl_fallback_active"), [`lvsctl_fallback_active{${OF}} 1`]);
  assert.deepEqual(samples(bench, "lvsctl_panic_active"), []);
});

Deno.test("daemonMetrics() has what a service has of its quorum, in the quorum's unit", async () => {
  for (const [unit, value] of [["servers", 1], ["weight", 3], ["percent", 75]] as const) {
    await using bench = new Bench();
    bench.down.add(B);
    const servers = [realServer(A, { weight: 3 }), realServer(B, { weight: 1 })];
    await bench.load({ services: [web({ servers, quorum: { unit, amount: 1, hysteresis: 0 } })] });
    await bench.clock.advance(2500);
    assert.deepEqual(samples(bench, "lvsctl_quorum_current"), [`lvsctl_quorum_current{${OF},unit="${unit}"} ${value}`]);
  }
});

Deno.test("daemonMetrics() has a histogram of durations by the type of check, with ascending sums", async () => {
  let latencyMs = 0.5;
  await using bench = new Bench({ probe: () => Promise.resolve({ ...UP, latencyMs }) });
  await bench.load({ services: [web({ servers: [realServer(A)] })] });
  latencyMs = 60_000;
  await bench.clock.advance(1500);
  const lines = samples(bench, "lvsctl_check_duration_seconds", "summary");
  assert.equal(lines[0], 'lvsctl_check_duration_seconds_bucket{type="tcp",le="0.001"} 1');
  assert.ok(lines.includes('lvsctl_check_duration_seconds_bucket{type="tcp",le="10.0"} 1'));
  const count = lines.at(-1)?.split(" ")[1];
  assert.ok(Number(count) >= 2);
  assert.ok(lines.includes(`lvsctl_check_duration_seconds_bucket{type="tcp",le="+Inf"} ${count}`));
});

Deno.test("daemonMetrics() reports reloads and the times of start and load in seconds", async () => {
  await using bench = new Bench();
  assert.deepEqual(samples(bench, "lvsctl_", "summary").slice(0, 5), [
    "lvsctl_start_timestamp_seconds 1.5",
    "lvsctl_last_reload_successful 0",
    "lvsctl_last_reload_timestamp_seconds 2.5",
    "lvsctl_reloads_total 3",
    "lvsctl_reload_failures_total 1",
  ]);
});

Deno.test("daemonMetrics() counts changes of the table by operation", async () => {
  await using bench = new Bench();
  await bench.load({ services: [web()] });
  await bench.clock.advance(1500);
  assert.ok(
    samples(bench, "lvsctl_applied_changes_total").includes(
      'lvsctl_applied_changes_total{operation="addServer"} 2',
    ),
  );
});

Deno.test("daemonMetrics() leaves out what its level does not have, and what a server answered", async () => {
  await using bench = new Bench();
  bench.down.add(B);
  await bench.load({ services: [web()] });
  await bench.clock.advance(2500);
  assert.deepEqual(samples(bench, "lvsctl_service", "summary"), []);
  assert.deepEqual(samples(bench, "lvsctl_server", "service"), []);
  assert.deepEqual(samples(bench, "").filter((line) => line.includes("refused")), []);
});

Deno.test("Tallies forget the checks that a new file lacks", async () => {
  await using bench = new Bench();
  await bench.load({ services: [web()] });
  await bench.clock.advance(1500);
  const job = [...bench.daemon.decisions()][0]?.servers[1]?.job ?? "";
  assert.ok((bench.daemon.tallies.of(job)?.checks ?? 0) > 0);
  await bench.load({ services: [web({ servers: [realServer(A)] })] });
  assert.equal(bench.daemon.tallies.of(job), undefined);
});

Deno.test("daemonMetrics() has the kind of a failed check, never its text", async () => {
  const results: readonly ProbeResult[] = [
    { ok: false, latencyMs: 1, reason: "connection refused", failure: "refused" },
    { ok: false, latencyMs: 1, reason: "status 503" },
    { ok: false, latencyMs: 1, reason: "no file descriptor", inconclusive: true },
    UP,
  ];
  const servers = results.map((_, index) => realServer(`10.0.0.${index + 1}:80`));
  await using bench = new Bench({
    probe: ({ address }) => Promise.resolve(results[Number(address.split(".")[3]) - 1] ?? UP),
  });
  await bench.load({ services: [web({ servers })] });
  await bench.clock.advance(1000);
  const info = (server: string, kind: string): string =>
    `lvsctl_server_last_error_info{${OF},real_server="${server}",class="${kind}"} 1`;
  assert.deepEqual(samples(bench, "lvsctl_server_last_error"), [
    info("10.0.0.1:80", "refused"),
    info("10.0.0.2:80", "answer"),
    info("10.0.0.3:80", "local"),
  ]);
});

Deno.test("daemonMetrics() keeps the expiry of a certificate while later checks fail", async () => {
  let result: ProbeResult = { ...UP, certificateMs: 86_400_000 };
  await using bench = new Bench({ probe: () => Promise.resolve(result), timeOfDay: () => 5000 });
  await bench.load({ services: [web({ servers: [realServer(A)] })] });
  await bench.clock.advance(1000);
  const expected = [`lvsctl_server_certificate_expiry_timestamp_seconds${OF_A} 86405`];
  assert.deepEqual(samples(bench, "lvsctl_server_certificate"), expected);
  result = { ok: false, latencyMs: 1, reason: "connection refused", failure: "refused" };
  await bench.clock.advance(1000);
  assert.deepEqual(samples(bench, "lvsctl_server_certificate"), expected);
});

Deno.test("daemonMetrics() has the longest time between two checks of a server", async () => {
  await using bench = new Bench();
  const check = { ...CHECK, intervalMs: 300_000, retryDelayMs: 1000 };
  const inherited = web({ servers: [realServer(A)], check });
  await bench.load({ services: [inherited] });
  assert.deepEqual(samples(bench, "lvsctl_server_check_interval"), [
    `lvsctl_server_check_interval_seconds${OF_A} 300`,
  ]);
});

Deno.test("daemonMetrics() counts how late checks start", async () => {
  await using bench = new Bench();
  await bench.load({ services: [web({ servers: [realServer(A)] })] });
  const buckets = (): string[] => samples(bench, "lvsctl_check_lateness_seconds", "summary");
  assert.ok(buckets().includes('lvsctl_check_lateness_seconds_bucket{le="0.001"} 1'));
  // The second check is due at 1 s, and starts 0.2 s later.
  bench.clock.stall(1199);
  await bench.clock.advance(0);
  assert.ok(buckets().includes('lvsctl_check_lateness_seconds_bucket{le="0.1"} 1'), buckets().join("\n"));
  assert.ok(buckets().includes('lvsctl_check_lateness_seconds_bucket{le="0.25"} 2'), buckets().join("\n"));
});

Deno.test("daemonMetrics() counts changes of quorums, and forgets those of services that a new file lacks", async () => {
  await using bench = new Bench();
  const changes = (): string[] => samples(bench, "lvsctl_quorum_changes_total", "service");
  await bench.load({ services: [web()] });
  await bench.clock.advance(1500);
  const before = bench.daemon.tallies.quorumOf(WEB);
  bench.down.add(A).add(B);
  await bench.clock.advance(3000);
  assert.deepEqual(bench.daemon.tallies.quorumOf(WEB), { ...before, lost: before.lost + 1 });
  bench.down.clear();
  await bench.clock.advance(3000);
  assert.deepEqual(changes(), [
    `lvsctl_quorum_changes_total{${OF},to="met"} ${before.met + 1}`,
    `lvsctl_quorum_changes_total{${OF},to="lost"} ${before.lost + 1}`,
  ]);
  await bench.load({ services: [] });
  assert.deepEqual(bench.daemon.tallies.quorumOf(WEB), { met: 0, lost: 0 });
});

Deno.test("daemonMetrics() has the differences at the last comparison, and its time", async () => {
  await using bench = new Bench({ verifyMs: 10_000 });
  await bench.load({ services: [web({ servers: [realServer(A)] })] });
  assert.deepEqual(samples(bench, "lvsctl_drift_changes"), []);
  await bench.clock.advance(10_000);
  assert.deepEqual(samples(bench, "lvsctl_drift_changes"), ["lvsctl_drift_changes 0"]);
  bench.client.execute([{ operation: "deleteService", id: virtualService(WEB).id }]);
  await bench.clock.advance(10_000);
  const [differences] = samples(bench, "lvsctl_drift_changes");
  assert.ok(Number(differences?.split(" ")[1]) > 0);
  assert.deepEqual(samples(bench, "lvsctl_drift_last_check"), ["lvsctl_drift_last_check_timestamp_seconds 20"]);
});

Deno.test("daemonMetrics() counts rounds that changed the table", async () => {
  await using bench = new Bench();
  await bench.load({ services: [web({ servers: [realServer(A)] })] });
  assert.deepEqual(samples(bench, "lvsctl_apply_duration_seconds_count"), ["lvsctl_apply_duration_seconds_count 1"]);
});

Deno.test("daemonMetrics() has the VIPs of the file, and whether their interfaces have them", async () => {
  await using bench = new Bench();
  const vips = [{ address: parseIpAddress("192.0.2.10"), device: "eth0", isPresent: true }];
  assert.deepEqual(samples(bench, "lvsctl_vip", "summary", { vips }), [
    'lvsctl_vip_present{address="192.0.2.10",device="eth0"} 1',
  ]);
});

Deno.test("daemonMetrics() counts notifications by type and number of the destination", async () => {
  await using bench = new Bench();
  const notifications = [{ destination: "webhook 1", queued: 1, sent: 2, failures: 3, dropped: 4 }];
  assert.deepEqual(samples(bench, "lvsctl_notification", "summary", { notifications }), [
    'lvsctl_notifications_queued{destination="webhook 1"} 1',
    'lvsctl_notifications_total{destination="webhook 1"} 2',
    'lvsctl_notification_failures_total{destination="webhook 1"} 3',
    'lvsctl_notifications_dropped_total{destination="webhook 1"} 4',
  ]);
});

Deno.test("daemonMetrics() has what the process uses under the usual names", async () => {
  await using bench = new Bench();
  const usage = { cpuSeconds: 1.25, virtualBytes: 8192, descriptors: { open: 20, most: 1024 } };
  assert.deepEqual(samples(bench, "process_", "summary", { usage }), [
    "process_resident_memory_bytes 4096",
    "process_start_time_seconds 1.5",
    "process_cpu_seconds_total 1.25",
    "process_virtual_memory_bytes 8192",
    "process_open_fds 20",
    "process_max_fds 1024",
  ]);
});
