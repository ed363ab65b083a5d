import type { ProbeResult } from "../model/mod.ts";
import { retainEntries } from "./job_key.ts";
import type { ProbeJob } from "./probe_job.ts";
import { type Advance, advance, FRESH_STATE, type HealthState } from "./state.ts";
import { readHealthState } from "./state_reader.ts";

/** Health records as they are stored: states by the keys of their jobs. */
export interface StoredHealthRecords {
  /** Version of the format. */
  readonly version: 1;
  /** States by key. */
  readonly states: Readonly<Record<string, HealthState>>;
}

/** The health of every checked server, by job key. */
export class HealthRecords {
  readonly #states = new Map<string, HealthState>();

  /**
   * Restores the records from the stored result of {@linkcode HealthRecords.toJSON}; skips every part that is not valid.
   */
  static fromJson(value: unknown): HealthRecords {
    const records = new HealthRecords();
    if (typeof value !== "object" || value === null || !("version" in value) || value.version !== 1) return records;
    if (!("states" in value) || typeof value.states !== "object" || value.states === null) return records;
    for (const [key, stored] of Object.entries(value.states)) {
      const state = readHealthState(stored);
      if (state !== FRESH_STATE) records.#states.set(key, state);
    }
    return records;
  }

  /** The records as a plain JSON value; `JSON.stringify` calls this. */
  toJSON(): StoredHealthRecords {
    return { version: 1, states: Object.fromEntries(this.#states) };
  }

  /** Records a result, and returns the server's new state. */
  record(job: ProbeJob, result: ProbeResult, options: { readonly at: number }): Advance {
    const { rise, fall, flapDamping } = job.check;
    const step = advance(this.state(job.key), result, { rise, fall, flapDamping, at: options.at });
    this.#states.set(job.key, step.state);
    return step;
  }

  /** The state under a key; the fresh state without a record. */
  state(key: string): HealthState {
    return this.#states.get(key) ?? FRESH_STATE;
  }

  /**
   * Deletes the records of all other jobs: call it when the configuration has changed, and before storing. A new job
   * takes over the state of the same check with another timing.
   */
  retain(jobs: Iterable<ProbeJob>): void {
    retainEntries(this.#states, new Set([...jobs].map(({ key }) => key)));
  }
}
