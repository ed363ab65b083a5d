import type { CheckPath } from "./check.ts";
import type { CheckedService } from "./check_parts.ts";
import type { ServiceId } from "./service.ts";
import type { HttpCheck } from "./check_types.ts";

/** A line of text that a server's agent sends on connecting, as HAProxy's agents do. */
export interface TcpAgent {
  /** Tells the kinds of agent apart. */
  readonly type: "tcp";
  /** Bytes to send first, each a character from U+0000 to U+00FF; nothing where it is not given. */
  readonly send?: string;
}

/** A number in a JSON document that a server gives. */
export interface HttpAgent extends Omit<HttpCheck, "expect"> {
  /** Where the number is: the keys and indexes that lead to it. */
  readonly json: readonly (string | number)[];
}

/** What a command on this machine prints, in the form of {@linkcode TcpAgent}. */
export interface ExecAgent extends CheckedService {
  /** Tells the kinds of agent apart. */
  readonly type: "exec";
  /** Program, an absolute path, and its arguments, with the placeholders of an exec check. */
  readonly command: readonly string[];
  /** Further variables of its environment. */
  readonly environment: readonly (readonly [name: string, value: string])[];
}

/** How often an agent is asked. */
export interface AgentTiming {
  /** From the start of one question to the start of the next; milliseconds. */
  readonly intervalMs: number;
  /** Hard deadline of a question; milliseconds. */
  readonly timeoutMs: number;
}

/**
 * Somebody who knows how much a real server can take, asked again and again. What it says is kept until it says
 * something else: silence changes nothing.
 */
export type Agent = (TcpAgent | HttpAgent | ExecAgent) & CheckPath & AgentTiming;

/** Timing of an agent where the file says nothing. */
export const DEFAULT_AGENT_TIMING: AgentTiming = { intervalMs: 2000, timeoutMs: 1000 };

/** What an agent said. Each part that is absent was not said, and stays as it was. */
export interface AgentAnswer {
  /** Share of the configured weight, 0 to 100 and more; percent. */
  readonly percent?: number;
  /** `down`: the server is unhealthy, whatever its check says. `up` ends that. */
  readonly health?: "up" | "down";
  /** `drain` is weight 0; `maint` is out of use as well, and said by an operator. `ready` ends both. */
  readonly mode?: "ready" | "drain" | "maint";
  /** What was said beside it, for people. */
  readonly reason?: string;
}

/** The agent as one of a certain service: commands are told which. */
export function bindAgent(agent: Agent, service: ServiceId): Agent {
  return agent.type === "exec" ? { ...agent, service } : agent;
}

/** Whether an agent is asked at the port of the server itself, which then has to have one. */
export function needsAgentPort(agent: Agent): boolean {
  return agent.type !== "exec" && agent.port === undefined;
}
