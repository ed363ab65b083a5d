import { type Check, parseIpAddress, type ServerId } from "../model/mod.ts";
import { jobKey } from "./job_key.ts";

/**
 * One check of one address and port: services with equal checks share one job.
 *
 * Checks that differ only in their timing are separate jobs: a shorter interval or a longer timeout would otherwise
 * change the health that another service sees. If the file changes the timing, the new job takes over the state:
 * {@linkcode HealthRecords.retain}.
 */
export interface ProbeJob {
  /** The same for equal targets and checks, in this process and after a restart. */
  readonly key: string;
  /** Address and port to probe. */
  readonly target: ServerId;
  /** The check. */
  readonly check: Check;
}

/** The job that checks a server; address and port of the check take precedence over the server's. */
export function toProbeJob(server: ServerId, check: Check): ProbeJob {
  // The target has both: a check with the server's own port equals one without a port.
  const { address = server.address, port = server.port, ...rest } = check;
  const { intervalMs, timeoutMs, rise, fall, unhealthyIntervalMs, retryDelayMs, warmupMs, flapDamping, ...method } =
    rest;
  const timing = { intervalMs, timeoutMs, rise, fall, unhealthyIntervalMs, retryDelayMs, warmupMs, flapDamping };
  const target: ServerId = { address, port };
  return { key: jobKey(target, { configured: check, method, timing }), target, check };
}

/** The address of checks that look at this machine, or whose parts have their own. */
const THIS_MACHINE = parseIpAddress("127.0.0.1");

/** The job of a check that is not of a server: it has the address and port itself, if it needs them. */
export function toTrackedJob(check: Check): ProbeJob {
  return toProbeJob({ address: check.address ?? THIS_MACHINE, port: check.port ?? 0 }, check);
}
