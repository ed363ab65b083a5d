import type { CheckPath } from "./check.ts";
import type { CheckedService } from "./check_parts.ts";
import type { ServiceId } from "./service.ts";
import type { HttpCheck } from "./check_types.ts";

/** A line of text that a server's agent sends on connecting, as HAProxy's agents do. */
export interface TcpAgent {
  /** Kind of agent. */
  readonly type: "tcp";
  /** Bytes to send first, each a character from U+0000 to U+00FF; none by default. */
  readonly send?: string;
}

/** A number in a JSON document that a server serves. */
export interface HttpAgent extends Omit<HttpCheck, "expect"> {
  /** Path of the number: keys and indexes. */
  readonly json: readonly (string | number)[];
}

/** The output of a command on this machine, in the form of {@linkcode TcpAgent}. */
export interface ExecAgent extends CheckedService {
  /** Kind of agent. */
  readonly type: "exec";
  /** Absolute path of the program, and its arguments, with the placeholders of an exec check. */
  readonly command: readonly string[];
  /** Additional environment variables. */
  readonly environment: readonly (readonly [name: string, value: string])[];
}

/** Timing of an agent's queries. */
export interface AgentTiming {
  /** From the start of one query to the start of the next; milliseconds. */
  readonly intervalMs: number;
  /** Hard deadline of a query; milliseconds. */
  readonly timeoutMs: number;
}

/**
 * A program that knows a real server's capacity and is queried repeatedly. Its last answer remains active until the
 * next one: silence changes nothing.
 */
export type Agent = (TcpAgent | HttpAgent | ExecAgent) & CheckPath & AgentTiming;

/** Default timing of an agent. */
export const DEFAULT_AGENT_TIMING: AgentTiming = { intervalMs: 2000, timeoutMs: 1000 };

/** An agent's answer. An absent part keeps its former value. */
export interface AgentAnswer {
  /** Share of the configured weight, 0 to 100 and more; percent. */
  readonly percent?: number;
  /** `down`: the server is unhealthy, whatever the result of its check. `up` cancels that. */
  readonly health?: "up" | "down";
  /** `drain` is weight 0; so is `maint`, which an operator of the server has set. `ready` cancels both. */
  readonly mode?: "ready" | "drain" | "maint";
  /** The agent's explanation, as text. */
  readonly reason?: string;
}

/** The agent of one particular service, whose name its command receives. */
export function bindAgent(agent: Agent, service: ServiceId): Agent {
  return agent.type === "exec" ? { ...agent, service } : agent;
}

/** Whether an agent listens on the server's own port, so that the server must have one. */
export function needsAgentPort(agent: Agent): boolean {
  return agent.type !== "exec" && agent.port === undefined;
}
