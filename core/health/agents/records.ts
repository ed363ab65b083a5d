import type { AgentJob } from "./job.ts";
import { advanceAgent, type AgentAdvance, type AgentResult, type AgentState, FRESH_AGENT_STATE } from "./state.ts";
import { readAgentState } from "./state_reader.ts";
import { retainEntries } from "../job_key.ts";

/** Agents' records as they are stored: states by the keys of their jobs. */
export interface StoredAgentRecords {
  /** Version of the format. */
  readonly version: 1;
  /** States by key. */
  readonly states: Readonly<Record<string, AgentState>>;
}

/** The agents' states of all servers, by job key. */
export class AgentRecords {
  readonly #states = new Map<string, AgentState>();

  /**
   * Restores the records from the stored result of {@linkcode AgentRecords.toJSON}; skips every part that is not valid.
   */
  static fromJson(value: unknown): AgentRecords {
    const records = new AgentRecords();
    if (typeof value !== "object" || value === null || !("version" in value) || value.version !== 1) return records;
    if (!("states" in value) || typeof value.states !== "object" || value.states === null) return records;
    for (const [key, stored] of Object.entries(value.states)) {
      const state = readAgentState(stored);
      if (state !== FRESH_AGENT_STATE) records.#states.set(key, state);
    }
    return records;
  }

  /** The records as a plain JSON value; `JSON.stringify` calls this. */
  toJSON(): StoredAgentRecords {
    return { version: 1, states: Object.fromEntries(this.#states) };
  }

  /** Records a result, and returns the agent's new state. */
  record(job: AgentJob, result: AgentResult, options: { readonly at: number }): AgentAdvance {
    const step = advanceAgent(this.state(job.key), result, options);
    this.#states.set(job.key, step.state);
    return step;
  }

  /** The state under a key; the fresh state without a key or a record. */
  state(key: string | undefined): AgentState {
    return (key === undefined ? undefined : this.#states.get(key)) ?? FRESH_AGENT_STATE;
  }

  /**
   * Deletes the records of all other jobs: call it when the configuration has changed, and before storing. An agent with
   * another timing keeps its state.
   */
  retain(jobs: Iterable<AgentJob>): void {
    retainEntries(this.#states, new Set([...jobs].map(({ key }) => key)));
  }
}
