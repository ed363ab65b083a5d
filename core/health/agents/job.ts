import type { Agent, ServerId } from "../../model/mod.ts";
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
