/**
 * Half of 500 servers swallow every packet: what becomes of the checks of the others, and of those that wait in vain. They
 * are checked as the daemon does it, in a worker.
 *
 * @module
 */
import assert from "node:assert/strict";
import type { ProbeJob } from "../../../core/health/mod.ts";
import { toProbeJob } from "../../../core/health/probe_job.ts";
import { type Check, DEFAULT_HTTP, DEFAULT_TIMING, parseIpAddress } from "../../../core/model/mod.ts";
import { monitorInWorker } from "../../../core/system/probe_workers.ts";
import { SYSTEM_CLOCK } from "../../../core/time/mod.ts";
import { latenessOf, ManyServers, quantile, SERVERS_NAMESPACE, SERVERS_PORT, wait } from "../many_servers.ts";
import { ip, mustRun } from "../namespace.ts";
import { StallMeter } from "../stall_meter.ts";

const INTERVAL_MS = 2000;
const TIMEOUT_MS = 1000;
const SERVERS = 500;

/** How long all of them are checked. */
const DURATION_MS = 16_000;

/** How late a check is at most, and how long after its deadline a probe ends, on top of what the guest stood still. */
const PROMISED_MS = 100;

/** Waiting for one server that hangs takes longer than this. */
const MAX_STALL_MS = TIMEOUT_MS / 2;

/** How often it measures at most. */
const ATTEMPTS = 3;

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

/** What the runtime keeps of the last worker that has ended: one of each kind, whatever the worker did. */
const KEPT = [/anon_inode:\[eventfd\]$/, /anon_inode:\[eventpoll\]$/];

/** What this process has open, by descriptor: "17 socket:[4711]". */
function openFiles(): string[] {
  return [...Deno.readDirSync("/proc/self/fd")].map(({ name }) => {
    try {
      return `${name} ${Deno.readLinkSync(`/proc/self/fd/${name}`)}`;
    } catch {
      // The directory itself, which is closed by now.
      return "";
    }
  });
}

/** One measurement: how late the answering servers were asked, and how long after their deadlines the others were given up. */
interface Measurement {
  /** Sorted; milliseconds. */
  readonly lateness: readonly number[];
  /** Sorted; milliseconds. */
  readonly overruns: readonly number[];
  /** The longest time that the guest stood still; milliseconds. */
  readonly stalledMs: number;
}

/** Checks all of them for a while. What depends on no processor is asserted here. */
async function measure(servers: ManyServers): Promise<Measurement> {
  await using stalls = await StallMeter.start();
  const before = openFiles();
  const overruns: number[] = [];
  const answers: boolean[] = [];
  const most = { files: 0 };
  const ends: string[] = [];
  const controller = new AbortController();
  const probes = monitorInWorker(({ reason }) => void ends.push(reason))({
    onResult: ({ target }, result) => {
      if (target.address.startsWith("10.9.2.")) overruns.push(result.latencyMs - TIMEOUT_MS);
      else answers.push(result.ok);
    },
    stateOf: () => undefined,
    clock: SYSTEM_CLOCK,
    signal: controller.signal,
  });
  try {
    await probes.prepare();
    probes.update(jobs());
    // Until all have their places in the interval.
    await wait(3 * INTERVAL_MS);
    servers.forget();
    overruns.length = 0;
    answers.length = 0;
    for (const end = performance.now() + DURATION_MS; performance.now() < end;) {
      await wait(500);
      most.files = Math.max(most.files, openFiles().length);
    }
  } finally {
    controller.abort();
    await probes.finished;
  }
  assert.deepEqual(ends, [], "the worker has ended");
  const requests = await servers.requests();
  const stalledMs = stalls.longestMs();
  const standstill = `the guest stood still for ${stalledMs} ms`;
  assert.equal(requests.size, SERVERS / 2);
  for (const [server, times] of requests) {
    assert.ok(
      Math.abs(times.length - DURATION_MS / INTERVAL_MS) <= 1,
      `${server} was asked ${times.length} times; ${standstill}`,
    );
  }
  assert.deepEqual(answers.filter((isOk) => !isOk), [], "servers that answer were found to fail");
  assert.ok(overruns.length >= SERVERS / 2 * (DURATION_MS / INTERVAL_MS - 1), `${overruns.length} waited in vain`);
  overruns.sort((a, b) => a - b);
  assert.ok((overruns[0] ?? -1) >= 0, `a probe was given up too soon, by ${overruns[0]} ms`);
  // Half of those that are swallowed wait at any time.
  assert.ok(most.files - before.length < SERVERS / 2, `${most.files} files were open`);
  const left = openFiles().filter((file) => !before.includes(file));
  for (const kind of KEPT) {
    const kept = left.findIndex((file) => kind.test(file));
    if (kept >= 0) left.splice(kept, 1);
  }
  assert.deepEqual(left, [], `sockets are left; ${standstill}`);
  return { lateness: latenessOf(requests.values(), INTERVAL_MS), overruns, stalledMs };
}

/** Returns what a measurement says against the promise; undefined if it says nothing. */
function complaint({ lateness, overruns, stalledMs }: Measurement): string | undefined {
  if (stalledMs >= MAX_STALL_MS) return `the guest stood still for ${stalledMs} ms: the measurement proves nothing`;
  for (const [what, sorted] of [["late", lateness], ["after its deadline", overruns]] as const) {
    const [median, worst] = [quantile(sorted, 0.5), quantile(sorted, 1)];
    if (median >= PROMISED_MS / 2) return `half of the probes are ${median} ms ${what}, or more`;
    // Of all of them, not of 99 of 100.
    if (worst >= PROMISED_MS + stalledMs) {
      return `a probe is ${worst} ms ${what}; the guest stood still for ${stalledMs}`;
    }
  }
  return undefined;
}

Deno.test("half of 500 servers in a black hole neither delay the others nor outlive their deadlines", async () => {
  await using servers = await ManyServers.create([]);
  // This process is in none of the namespaces, so it gets a link of its own.
  await ip([`link add dev checks type veth peer name dself netns ${SERVERS_NAMESPACE}`]);
  await ip(["addr add 10.8.200.1/24 dev dself", "link set dself up"], SERVERS_NAMESPACE);
  await ip(["addr add 10.8.200.2/24 dev checks", "link set checks up", "route add 10.9.0.0/16 via 10.8.200.1"]);
  const netfilter = ["iptables-legacy", "-A", "INPUT", "-d", "10.9.2.0/24", "-j", "DROP"];
  await mustRun(["ip", "netns", "exec", SERVERS_NAMESPACE, ...netfilter]);
  // A delay of the program's own comes back in each measurement, a delay by the machine's other programs does not.
  const complaints: string[] = [];
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const found = complaint(await measure(servers));
    if (found === undefined) return;
    complaints.push(found);
  }
  assert.fail(complaints.join("; "));
});
