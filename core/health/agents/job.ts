import { type Agent, careOf, type DesiredService, type ServerId } from "../../model/mod.ts";
import { jobKey } from "../job_key.ts";

/** One agent at one address and port: services with the same server share one job. */
export interface AgentJob {
  /** The same for equal targets and agents, in this process and after a restart. */
  readonly key: string;
  /** Address and port of the agent. */
  readonly target: ServerId;
  /** The agent. */
  readonly agent: Agent;
}

/** The job that asks a server's agent; address and port of the agent take precedence over the server's. */
export function toAgentJob(server: ServerId, agent: Agent): AgentJob {
  const { address = server.address, port = server.port, intervalMs, timeoutMs, ...method } = agent;
  const target: ServerId = { address, port };
  return { key: jobKey(target, { configured: agent, method, timing: { intervalMs, timeoutMs } }), target, agent };
}

/** The distinct agents of services, in the order of their first appearance. */
export function agentJobs(services: Iterable<DesiredService>): AgentJob[] {
  const jobs = new Map<string, AgentJob>();
  for (const service of services) {
    for (const server of service.servers) {
      const { agent } = careOf(service, server);
      if (agent === undefined) continue;
      const job = toAgentJob(server, agent);
      if (!jobs.has(job.key)) jobs.set(job.key, job);
    }
  }
  return [...jobs.values()];
}
