import type { AgentAnswer } from "../../model/mod.ts";

/** What asking an agent once gave. */
export type AgentResult =
  | {
    /** It answered. */
    readonly ok: true;
    /** How long that took; milliseconds. */
    readonly latencyMs: number;
    /** What it said. */
    readonly answer: AgentAnswer;
    /** The same for people, and what of it was ignored: `75%, ready; ignored: maxconn:30`. */
    readonly detail: string;
  }
  | {
    /** It did not answer, or said nothing that is known. */
    readonly ok: false;
    /** How long that took; milliseconds. */
    readonly latencyMs: number;
    /** Why, for people, without a period. */
    readonly reason: string;
    /** Set where the failure is this machine's. */
    readonly inconclusive?: true;
  };

/** What an agent has made known up to now. A plain JSON value. */
export interface AgentState {
  /** Share of the configured weight; percent. */
  readonly percent: number;
  /** `down`: the server is unhealthy, whatever its check says. */
  readonly health: "up" | "down";
  /** Whether the server is to take new connections, and if not, whether an operator said so. */
  readonly mode: "ready" | "drain" | "maint";
  /** What was said beside the last answer that said more than a percentage, for people. */
  readonly reason?: string;
  /** When any of these last changed; milliseconds since 1970. Absent while all are as if there were no agent. */
  readonly since?: number;
  /** When it last answered; milliseconds since 1970. Absent while it never has. */
  readonly answeredAt?: number;
  /** Why it is silent, and since when (milliseconds since 1970); absent while it answers. */
  readonly silent?: { readonly since: number; readonly reason: string };
}

/** The state of an agent that has said nothing yet, and of a server that has none. */
export const FRESH_AGENT_STATE: AgentState = { percent: 100, health: "up", mode: "ready" };

/** What a result made of an agent's state. */
export interface AgentAdvance {
  /** The state afterwards. */
  readonly state: AgentState;
  /** Whether percentage, health or mode are others than before. */
  readonly changed: boolean;
}

/**
 * Takes one more result in. What an answer does not speak of stays, and so does everything while the agent is silent:
 * an agent that has died says nothing of its server, for that there are checks.
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
  return {
    state: {
      percent,
      health,
      mode,
      ...(reason === undefined ? {} : { reason }),
      ...(since === undefined ? {} : { since }),
      answeredAt: at,
    },
    changed,
  };
}
