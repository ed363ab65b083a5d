/**
 * Probes servers as the daemon does, in its worker, and prints the nanoseconds of CPU per probe, of the whole process.
 * Arguments: tcp or http, port, servers, interval in milliseconds, seconds. The servers are 127.1.0.0 and so on.
 *
 * @module
 */

import { toProbeJob } from "../../core/health/probe_job.ts";
import { type Check, DEFAULT_HTTP, DEFAULT_TIMING, parseIpAddress } from "../../core/model/mod.ts";
import { monitorInWorker } from "../../core/system/probe_workers.ts";
import { SYSTEM_CLOCK } from "../../core/time/mod.ts";

/** Until then the hot code is compiled, and the probes are spread over the interval. */
const WARM_UP_MS = 4000;

/** CPU time of this process and all its threads; milliseconds. */
function cpuMs(): number {
  const fields = Deno.readTextFileSync("/proc/self/stat").replace(/^.*\) /s, "").split(" ");
  return 10 * (Number(fields[11]) + Number(fields[12]));
}

async function wait(ms: number): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  setTimeout(resolve, ms);
  await promise;
}

if (import.meta.main) {
  const [type, port, servers, intervalMs, seconds] = Deno.args;
  const timing = { ...DEFAULT_TIMING, intervalMs: Number(intervalMs), timeoutMs: 1000 };
  const check: Check = type === "http" ? { ...DEFAULT_HTTP, ...timing } : { type: "tcp", ...timing };
  const controller = new AbortController();
  let probes = 0;
  const monitor = monitorInWorker(({ reason }) => {
    throw new Error(`The worker has ended: ${reason}`);
  })({
    onResult: (_job, result) => {
      if (!result.ok) throw new Error(`A probe has failed: ${result.reason}`);
      probes++;
    },
    stateOf: () => undefined,
    clock: SYSTEM_CLOCK,
    signal: controller.signal,
  });
  monitor.update(Array.from({ length: Number(servers) }, (_, index) => {
    const address = parseIpAddress(`127.1.${index >> 8}.${index & 255}`);
    return toProbeJob({ address, port: Number(port) }, check);
  }));
  await wait(WARM_UP_MS);
  const before = { cpu: cpuMs(), probes };
  await wait(1000 * Number(seconds));
  const nanoseconds = 1e6 * (cpuMs() - before.cpu) / (probes - before.probes);
  Deno.stdout.writeSync(new TextEncoder().encode(`${nanoseconds.toFixed(0)}\n`));
  controller.abort();
  await monitor.finished;
}
