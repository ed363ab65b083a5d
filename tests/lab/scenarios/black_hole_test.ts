/**
 * Half of 500 servers swallow every packet: what becomes of the checks of the others, and of those that wait in vain.
 *
 * @module
 */
import assert from "node:assert/strict";
import {
  HealthRecords,
  monitorProbes,
  probe,
  probeDelayMs,
  type ProbeJob,
  toProbeJob,
} from "../../../core/health/mod.ts";
import { type Check, DEFAULT_HTTP, DEFAULT_TIMING, parseIpAddress } from "../../../core/model/mod.ts";
import { latenessOf, ManyServers, quantile, SERVERS_NAMESPACE, SERVERS_PORT, wait } from "../many_servers.ts";
import { ip, mustRun } from "../namespace.ts";

const INTERVAL_MS = 2000;
const TIMEOUT_MS = 1000;
const SERVERS = 500;

/** How long all of them are checked. */
const DURATION_MS = 16_000;

/** How late a check is at most, and how long after its deadline a probe ends, on a machine with nothing else to do. */
const PROMISED_MS = 100;

/** What a machine that has other things to do adds; still much less than waiting for one that hangs would. */
const SLACK_MS = 400;

const CHECK: Check = {
  ...DEFAULT_HTTP,
  ...DEFAULT_TIMING,
  path: "/healthz",
  intervalMs: INTERVAL_MS,
  timeoutMs: TIMEOUT_MS,
};

/** The even ones, 10.9.1.x, answer; the odd ones, 10.9.2.x, are swallowed. */
function jobs(): ProbeJob[] {
  return Array.from({ length: SERVERS }, (_, index) => {
    const address = parseIpAddress(`10.9.${1 + (index & 1)}.${1 + (index >> 1)}`);
    return toProbeJob({ address, port: SERVERS_PORT }, CHECK);
  });
}

function openFiles(): number {
  return [...Deno.readDirSync("/proc/self/fd")].length;
}

Deno.test("half of 500 servers in a black hole neither delay the others nor outlive their deadlines", async () => {
  await using servers = await ManyServers.create([]);
  // This process is in none of the namespaces, so it gets a link of its own.
  await ip([`link add dev checks type veth peer name dself netns ${SERVERS_NAMESPACE}`]);
  await ip(["addr add 10.8.200.1/24 dev dself", "link set dself up"], SERVERS_NAMESPACE);
  await ip(["addr add 10.8.200.2/24 dev checks", "link set checks up", "route add 10.9.0.0/16 via 10.8.200.1"]);
  const netfilter = ["iptables-legacy", "-A", "INPUT", "-d", "10.9.2.0/24", "-j", "DROP"];
  await mustRun(["ip", "netns", "exec", SERVERS_NAMESPACE, ...netfilter]);
  const before = openFiles();
  const records = new HealthRecords();
  const latencies: number[] = [];
  const answers: boolean[] = [];
  const most = { files: 0 };
  {
    await using monitor = monitorProbes((job, result) => {
      if (job.target.address.startsWith("10.9.2.")) latencies.push(result.latencyMs);
      else answers.push(result.ok);
      return probeDelayMs(records.record(job, result, { at: Date.now() }).state, job.check);
    }, { probe });
    monitor.update(jobs());
    // Until all have their places in the interval.
    await wait(3 * INTERVAL_MS);
    servers.forget();
    latencies.length = 0;
    answers.length = 0;
    for (const end = performance.now() + DURATION_MS; performance.now() < end;) {
      await wait(500);
      most.files = Math.max(most.files, openFiles());
    }
  }
  const requests = await servers.requests();
  const lateness = latenessOf(requests.values(), INTERVAL_MS);
  assert.equal(requests.size, SERVERS / 2);
  for (const [server, times] of requests) {
    assert.ok(Math.abs(times.length - DURATION_MS / INTERVAL_MS) <= 1, `${server} was asked ${times.length} times`);
  }
  assert.deepEqual(answers.filter((isOk) => !isOk), [], "servers that answer were found to fail");
  assert.ok(quantile(lateness, 0.5) < PROMISED_MS, `half are late by ${quantile(lateness, 0.5)} ms`);
  assert.ok(quantile(lateness, 0.99) < PROMISED_MS + SLACK_MS, `late by ${quantile(lateness, 0.99)} ms`);
  assert.ok(latencies.length >= SERVERS / 2 * (DURATION_MS / INTERVAL_MS - 1), `${latencies.length} waited in vain`);
  const sorted = latencies.map((latency) => latency - TIMEOUT_MS).sort((a, b) => a - b);
  assert.ok((sorted[0] ?? -1) >= 0, `a probe was given up too soon, by ${sorted[0]} ms`);
  assert.ok(quantile(sorted, 0.5) < PROMISED_MS, `half outlive their deadline by ${quantile(sorted, 0.5)} ms`);
  assert.ok(quantile(sorted, 0.99) < PROMISED_MS + SLACK_MS, `probes outlive it by ${quantile(sorted, 0.99)} ms`);
  // Half of those that are swallowed wait at any time.
  assert.ok(most.files - before < SERVERS / 2, `${most.files} files were open`);
  assert.equal(openFiles(), before, "sockets are left");
});
