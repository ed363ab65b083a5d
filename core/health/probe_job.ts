import { type Check, checkOf, type DesiredService, formatServerId, type ServerId } from "../model/mod.ts";
import type { ProbeTarget } from "./prober.ts";

/** One check of one address and port: what is probed once, however many services ask for it. */
export interface ProbeJob {
  /** The same for equal targets and checks, in this process and the next. */
  readonly key: string;
  /** What is probed. */
  readonly target: ProbeTarget;
  /** How. */
  readonly check: Check;
}

/** JSON with sorted keys and without the undefined: equal values give equal text. */
function canonicalJson(value: unknown): string {
  return JSON.stringify(
    value,
    (_, part: unknown) =>
      typeof part === "object" && part !== null && !Array.isArray(part)
        ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
        : part,
  );
}

/** The job that checks a server; address and port are the check's, where that has them. */
export function toProbeJob(server: ServerId, check: Check): ProbeJob {
  const target: ProbeTarget = { address: check.address ?? server.address, port: check.port ?? server.port };
  // Both are in the target: a check that names the server's own port is the same as one that names none.
  const { address: _address, port: _port, ...rest } = check;
  return { key: `${formatServerId(target)} ${canonicalJson(rest)}`, target, check };
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
