import assert from "node:assert/strict";
import { toProbeJob } from "../../../../core/health/probe_job.ts";
import {
  type Check,
  DEFAULT_HTTP,
  DEFAULT_TIMING,
  parseIpAddress,
  type ProbeResult,
  type ServerId,
} from "../../../../core/model/mod.ts";
import { monitorInWorker } from "../../../../core/system/probe_workers.ts";
import { SYSTEM_CLOCK } from "../../../../core/time/mod.ts";
import { closedPort, serveTcp, untilClosed } from "../../../support/loopback.ts";

const TIMING = { ...DEFAULT_TIMING, intervalMs: 20, timeoutMs: 2000, rise: 1, fall: 1 };

/** Probes in a real worker until the test has what it waits for. */
class Rig implements AsyncDisposable {
  readonly results: { readonly type: string; readonly result: ProbeResult; readonly at: number }[] = [];
  readonly ends: string[] = [];
  readonly #controller = new AbortController();
  #arrival = Promise.withResolvers<void>();
  readonly probes = monitorInWorker(({ reason }) => {
    this.ends.push(reason);
    this.#signal();
  })({
    onResult: ({ check }, result, at) => {
      this.results.push({ type: check.type, result, at });
      this.#signal();
    },
    stateOf: () => undefined,
    clock: SYSTEM_CLOCK,
    signal: this.#controller.signal,
  });

  #signal(): void {
    this.#arrival.resolve();
    this.#arrival = Promise.withResolvers();
  }

  /** Waits for results, or for the end of a worker. */
  async until(isEnough: () => boolean): Promise<void> {
    while (!isEnough()) await this.#arrival.promise;
  }

  /** The first result of a type of check. */
  async first(type: string): Promise<Omit<ProbeResult, "latencyMs">> {
    await this.until(() => this.results.some((entry) => entry.type === type));
    const { latencyMs: _, ...rest } = this.results.find((entry) => entry.type === type)?.result ?? assert.fail();
    return rest;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#controller.abort();
    await this.probes.finished;
    assert.deepEqual(this.ends, []);
  }
}

Deno.test("a worker probes by state machines, by conversations and by commands", async () => {
  await using greeter = serveTcp(async (connection) => {
    await connection.write(new TextEncoder().encode("220 hello\r\n"));
    await untilClosed(connection);
  });
  const closed = closedPort();
  await using rig = new Rig();
  rig.probes.update([
    toProbeJob(greeter.target, { type: "tcp", ...TIMING }),
    toProbeJob(greeter.target, { type: "tls", tls: { verify: false }, ...TIMING }),
    toProbeJob(closed, { ...DEFAULT_HTTP, ...TIMING }),
    toProbeJob(closed, { type: "udp", ...TIMING }),
    toProbeJob(greeter.target, {
      type: "exec",
      command: ["/bin/true"],
      environment: [],
      exitStatus: "health",
      ...TIMING,
    }),
  ]);
  assert.deepEqual(await rig.first("tcp"), { ok: true, detail: "connected" });
  assert.deepEqual(await rig.first("udp"), {
    ok: false,
    reason: "connection refused (ECONNREFUSED)",
    failure: "refused",
  });
  assert.match(JSON.stringify(await rig.first("tls")), /does not speak TLS/);
  assert.deepEqual(await rig.first("http"), {
    ok: false,
    reason: "connection refused (ECONNREFUSED)",
    failure: "refused",
  });
  assert.equal((await rig.first("exec")).ok, true);
});

/** How many connections to a port of 127.0.0.1 wait to be accepted: what the kernel says without the event loop. */
function waitingConnections(port: number): number {
  const address = `0100007F:${port.toString(16).toUpperCase().padStart(4, "0")}`;
  const sockets = Deno.readTextFileSync("/proc/self/net/tcp").split("\n").map((line) => line.trim().split(/\s+/));
  const queues = sockets.find(([, local, , state]) => local === address && state === "0A")?.[4];
  return Number.parseInt(queues?.split(":")[1] ?? "0", 16);
}

Deno.test("a worker goes on probing while this isolate stands still", async () => {
  // No program accepts: the kernel alone completes the connections.
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  const target: ServerId = { address: parseIpAddress("127.0.0.1"), port };
  await using rig = new Rig();
  rig.probes.update([toProbeJob(target, { type: "tcp", ...TIMING })]);
  await rig.first("tcp");
  const before = waitingConnections(port);
  const deadline = performance.now() + 60_000;
  while (waitingConnections(port) < before + 5) {
    assert.ok(performance.now() < deadline, "the worker waits for this isolate");
  }
});

Deno.test("a worker that ends by an error is reported and replaced, and its jobs go on", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const job = toProbeJob({ address: parseIpAddress("127.0.0.1"), port: listener.addr.port }, {
    type: "tcp",
    ...TIMING,
  });
  const impossible: Check = JSON.parse('{ "type": "none", "intervalMs": 20 }');
  await using rig = new Rig();
  rig.probes.update([job]);
  await rig.first("tcp");
  rig.probes.update([job, { ...job, key: "impossible", check: impossible }]);
  await rig.until(() => rig.ends.length > 0);
  rig.probes.update([job]);
  const before = rig.results.length;
  await rig.until(() => rig.results.length > before);
  assert.match(rig.ends.splice(0).join(), /not a function/);
});
