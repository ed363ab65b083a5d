import { type Agent, careOf, type DesiredService, type ServerId } from "../../model/mod.ts";
import { jobKey } from "../job_key.ts";

/** One agent at one address and port: what is asked once, however many services have its server. */
export interface AgentJob {
  /** The same for equal targets and agents, in this process and the next. */
  readonly key: string;
  /** Who is asked. */
  readonly target: ServerId;
  /** How. */
  readonly agent: Agent;
}

/** The job that asks for a server; address and port are the agent's, where that has them. */
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
