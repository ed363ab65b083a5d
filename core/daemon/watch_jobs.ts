import { type AgentJob, type ProbeJob, toAgentJob, toProbeJob } from "../health/mod.ts";
import { careOf, checkOf, type DesiredService, formatServiceId, type ServerId } from "../model/mod.ts";

/** The names of the services that each check and each agent speaks for, by the keys of their jobs. */
export function servicesByJob(services: readonly DesiredService[]): Map<string, string[]> {
  const names = new Map<string, string[]>();
  const add = (key: string, name: string): void => {
    const known = names.get(key);
    if (known === undefined) names.set(key, [name]);
    else if (!known.includes(name)) known.push(name);
  };
  for (const desired of services) {
    const name = formatServiceId(desired.service.id);
    for (const server of desired.servers) {
      const check = checkOf(desired, server);
      const { agent } = careOf(desired, server);
      if (check !== undefined) add(toProbeJob(server, check).key, name);
      if (agent !== undefined) add(agentKey(toAgentJob(server, agent)), name);
    }
  }
  return names;
}

/** The servers that a check speaks for, with their services. */
export function serversOf(
  services: readonly DesiredService[],
  { key }: ProbeJob,
): { readonly desired: DesiredService; readonly server: ServerId }[] {
  return services.flatMap((desired) =>
    desired.servers.flatMap(({ address, port }) => {
      const server = { address, port };
      const check = checkOf(desired, server);
      return check !== undefined && toProbeJob(server, check).key === key ? [{ desired, server }] : [];
    })
  );
}

/** The key of an agent's job among those of {@linkcode servicesByJob}: a check may have the same. */
export function agentKey(job: AgentJob): string {
  return `agent ${job.key}`;
}

/**
 * Within what each job has to give a result; milliseconds. Twice the longest delay: the monitor puts the second probe
 * off by up to half of one, and after a standstill waits for the next one's time.
 */
export function longestTurn(jobs: readonly ProbeJob[]): number {
  return jobs.reduce((longest, { check }) => {
    const { intervalMs, unhealthyIntervalMs = 0, retryDelayMs = 0, warmupMs = 0, timeoutMs } = check;
    return Math.max(longest, 2 * Math.max(intervalMs, unhealthyIntervalMs, retryDelayMs, warmupMs) + timeoutMs);
  }, 0);
}
