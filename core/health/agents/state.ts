import type { AgentAnswer } from "../../model/mod.ts";

/** Result of asking an agent once. */
export type AgentResult =
  | {
    /** The agent answered. */
    readonly ok: true;
    /** Latency; milliseconds. */
    readonly latencyMs: number;
    /** The answer. */
    readonly answer: AgentAnswer;
    /** The answer as text, with ignored words: `75%, ready; ignored: maxconn:30`. */
    readonly detail: string;
  }
  | {
    /** The agent did not answer, or the answer has no known word. */
    readonly ok: false;
    /** Latency; milliseconds. */
    readonly latencyMs: number;
    /** The reason as text, without a period. */
    readonly reason: string;
    /** Set if this machine failed, and the agent may be fine. */
    readonly inconclusive?: true;
  };

/** The state of a server by its agent's answers. A plain JSON value. */
export interface AgentState {
  /** Share of the configured weight; percent. */
  readonly percent: number;
  /** `down`: the server is unhealthy, whatever the result of its check. */
  readonly health: "up" | "down";
  /** `drain` and `maint`: the server gets no new connections; `maint` is set by the server's administrator. */
  readonly mode: "ready" | "drain" | "maint";
  /** Reason in the last answer that had more than a percentage. */
  readonly reason?: string;
  /** Time of the last change of percentage, health or mode; milliseconds since 1970. Absent before the first. */
  readonly since?: number;
  /** Time of the last answer; milliseconds since 1970. Absent before the first. */
  readonly answeredAt?: number;
  /** Reason and start (milliseconds since 1970) of the agent's silence; absent while it answers. */
  readonly silent?: { readonly since: number; readonly reason: string };
}

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };

/** The state before the first answer, and of a server without an agent. */
export const FRESH_AGENT_STATE: AgentState = { percent: 100, health: "up", mode: "ready" };

/** A state after a result. */
export interface AgentAdvance {
  /** The new state. */
  readonly state: AgentState;
  /** Whether percentage, health or mode have changed. */
  readonly changed: boolean;
}

/**
 * Adds a result to a state. Parts that are missing in an answer stay, and all parts stay while the agent is silent: a
 * dead agent does not mean a dead server, which checks detect.
 */
export function advanceAgent(
  state: AgentState,
  result: AgentResult,
  options: { readonly at: number },
): AgentAdvance {
  const { at } = options;
  if (!result.ok) {
    if (result.inconclusive) return { state, changed: false };
    return { state: { ...state, silent: { since: state.silent?.since ?? at, reason: result.reason } }, changed: false };
  }
  const { answer } = result;
  const { percent = state.percent, health = state.health, mode = state.mode } = answer;
  const changed = percent !== state.percent || health !== state.health || mode !== state.mode;
  const saysMore = answer.health !== undefined || answer.mode !== undefined || answer.reason !== undefined;
  const reason = saysMore ? answer.reason : state.reason;
  const since = changed ? at : state.since;
  // Assigned one by one, because this runs for each answer and stored states have no undefined members.
  const next: Mutable<AgentState> = { percent, health, mode, answeredAt: at };
  if (reason !== undefined) next.reason = reason;
  if (since !== undefined) next.since = since;
  return { state: next, changed };
}
