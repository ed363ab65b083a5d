import type { Health, ProbeResult } from "../model/mod.ts";

/** How many results a state remembers. */
export const HISTORY_LENGTH = 10;

/** A result and its time. */
export interface HealthSample {
  /** When it came in; milliseconds since 1970. */
  readonly at: number;
  /** What the probe found. */
  readonly result: ProbeResult;
}

/** What is believed of a server, and how near that is to changing. A plain JSON value. */
export interface HealthState {
  /** The belief: `unknown` until the first `rise` or `fall` results in a row have come in. */
  readonly health: Health;
  /** Successes in a row, up to the last result. */
  readonly successes: number;
  /** Failures in a row, up to the last result. */
  readonly failures: number;
  /** When `health` last changed; milliseconds since 1970. Absent while it never has. */
  readonly since?: number;
  /** The last {@linkcode HISTORY_LENGTH} results, oldest first. */
  readonly history: readonly HealthSample[];
}

/** The state of a server that was never probed. */
export const FRESH_STATE: HealthState = { health: "unknown", successes: 0, failures: 0, history: [] };

/** What {@linkcode advance} takes beside state and result: the check's counts, and the time. */
export interface AdvanceOptions {
  /** Successes in a row that make a server healthy. */
  readonly rise: number;
  /** Failures in a row that make it unhealthy. */
  readonly fall: number;
  /** When the result came in; milliseconds since 1970. */
  readonly at: number;
}

/** What a result made of a state. */
export interface Advance {
  /** The state afterwards. */
  readonly state: HealthState;
  /** Whether `health` is another than before. */
  readonly changed: boolean;
}

/**
 * Takes one more result in: `rise` successes in a row make a server healthy, `fall` failures in a row unhealthy.
 *
 * That holds for `unknown` too: one success is not enough unless `rise` is 1. An unknown server is left as the kernel
 * has it, so where it serves already the wait costs nothing; where it does not, a server that answers once and
 * crashes is not let in.
 *
 * An inconclusive result is remembered and counts neither way.
 */
export function advance(state: HealthState, result: ProbeResult, options: AdvanceOptions): Advance {
  const { rise, fall, at } = options;
  const history = [...state.history, { at, result }].slice(-HISTORY_LENGTH);
  if (!result.ok && result.inconclusive) return { state: { ...state, history }, changed: false };
  const successes = result.ok ? state.successes + 1 : 0;
  const failures = result.ok ? 0 : state.failures + 1;
  const health = successes >= rise ? "healthy" : failures >= fall ? "unhealthy" : state.health;
  const counted = { ...state, successes, failures, history };
  if (health === state.health) return { state: counted, changed: false };
  return { state: { ...counted, health, since: at }, changed: true };
}
