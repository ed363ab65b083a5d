import { type Check, checkOf, type DesiredService, type ServerId } from "../model/mod.ts";
import { jobKey } from "./job_key.ts";

/**
 * One check of one address and port: what is probed once, however many services ask for it.
 *
 * Checks that differ in nothing but their timing are jobs of their own: one that is asked for more often, or waits
 * longer, would otherwise change what another service concludes. What was found out under one timing is taken over to
 * another only when the file changes: {@linkcode HealthRecords.retain}.
 */
export interface ProbeJob {
  /** The same for equal targets and checks, in this process and the next. */
  readonly key: string;
  /** What is probed. */
  readonly target: ServerId;
  /** How. */
  readonly check: Check;
}

/** The job that checks a server; address and port are the check's, where that has them. */
export function toProbeJob(server: ServerId, check: Check): ProbeJob {
  // Both are in the target: a check that names the server's own port is the same as one that names none.
  const { address = server.address, port = server.port, ...rest } = check;
  const { intervalMs, timeoutMs, rise, fall, unhealthyIntervalMs, retryDelayMs, warmupMs, flapDamping, ...method } =
    rest;
  const timing = { intervalMs, timeoutMs, rise, fall, unhealthyIntervalMs, retryDelayMs, warmupMs, flapDamping };
  const target: ServerId = { address, port };
  return { key: jobKey(target, { configured: check, method, timing }), target, check };
}

/** The distinct jobs of services, in the order of their first appearance. Servers without a check have none. */
export function probeJobs(
  services: Iterable<Pick<DesiredService, "check" | "care"> & { readonly servers: readonly ServerId[] }>,
): ProbeJob[] {
  const jobs = new Map<string, ProbeJob>();
  for (const service of services) {
    for (const server of service.servers) {
      const check = checkOf(service, server);
      if (check === undefined) continue;
      const job = toProbeJob(server, check);
      if (!jobs.has(job.key)) jobs.set(job.key, job);
    }
  }
  return [...jobs.values()];
}
