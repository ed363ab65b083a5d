import type { CheckTiming, FlapDamping, Health, ProbeResult } from "../model/mod.ts";

/** Number of results in the history. */
export const HISTORY_LENGTH = 10;

/** A result and its time. */
export interface HealthSample {
  /** Time of the result; milliseconds since 1970. */
  readonly at: number;
  /** Result of the probe. */
  readonly result: ProbeResult;
}

/** The health of a server, and the counts that lead to its next change. A plain JSON value. */
export interface HealthState {
  /** The health: `unknown` until the first `rise` successes or `fall` failures in a row. */
  readonly health: Health;
  /** Successes in a row, up to the last result. */
  readonly successes: number;
  /** Failures in a row, up to the last result. */
  readonly failures: number;
  /** Time of the last change of `health`; milliseconds since 1970. Absent before the first. */
  readonly since?: number;
  /** Times when it became unhealthy, oldest first, for flap damping; milliseconds since 1970. Absent without damping. */
  readonly falls?: readonly number[];
  /** Start of a damped server's present row of successes; milliseconds since 1970. Absent for all others. */
  readonly passingSince?: number;
  /** The weight that the last successful probe asked for, if any. */
  readonly weight?: number;
  /** The last {@linkcode HISTORY_LENGTH} results, oldest first. */
  readonly history: readonly HealthSample[];
}

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };

/** The state of a server that was never probed. */
export const FRESH_STATE: HealthState = { health: "unknown", successes: 0, failures: 0, history: [] };

/** Options of {@linkcode advance}. */
export interface AdvanceOptions extends Pick<CheckTiming, "rise" | "fall"> {
  /** Flap damping of the check. */
  readonly flapDamping?: FlapDamping | undefined;
  /** Time of the result; milliseconds since 1970. */
  readonly at: number;
}

/** A state after a result. */
export interface Advance {
  /** The new state. */
  readonly state: HealthState;
  /** Whether `health` has changed. */
  readonly changed: boolean;
}

/**
 * Adds a result to a state: `rise` successes in a row make a server healthy, `fall` failures in a row unhealthy.
 *
 * That includes `unknown` servers: one success is not enough unless `rise` is 1. The kernel's weight of an unknown server
 * is not changed. If it serves already, the wait costs nothing; if not, a server that answers once and crashes is not
 * enabled.
 *
 * A server that failed too often stays unhealthy until it has passed for `holdMs` without a failure: see
 * {@linkcode isDamped}.
 *
 * An inconclusive result is added to the history, and does not count.
 */
export function advance(state: HealthState, result: ProbeResult, options: AdvanceOptions): Advance {
  const { rise, fall, at, flapDamping } = options;
  const history = remember(state.history, { at, result });
  if (!result.ok && result.inconclusive) return { state: { ...state, history }, changed: false };
  const successes = result.ok ? state.successes + 1 : 0;
  const failures = result.ok ? 0 : state.failures + 1;
  const weight = result.ok ? result.weight : state.weight;
  const { falls = [] } = state;
  const passingSince = result.ok && isDamped(state, flapDamping) ? earlier(state.passingSince, at) : undefined;
  const isHeld = flapDamping !== undefined && passingSince !== undefined && at - passingSince < flapDamping.holdMs;
  const health = successes >= rise && !isHeld ? "healthy" : failures >= fall ? "unhealthy" : state.health;
  const changed = health !== state.health;
  const since = changed ? at : state.since;
  const recent = flapDamping === undefined ? [] : changed && health === "unhealthy" ? [...falls, at] : falls;
  // Assigned one by one, because this runs for each probe and stored states have no undefined members.
  const next: Mutable<HealthState> = { health, successes, failures, history };
  if (since !== undefined) next.since = since;
  if (flapDamping !== undefined && recent.length > 0) next.falls = recent.slice(-flapDamping.changes);
  if (passingSince !== undefined && health === "unhealthy") next.passingSince = passingSince;
  if (weight !== undefined) next.weight = weight;
  return { state: next, changed };
}

/** The history with one more sample, limited to {@linkcode HISTORY_LENGTH}. */
function remember(history: readonly HealthSample[], sample: HealthSample): readonly HealthSample[] {
  const samples = history.slice(Math.max(0, history.length + 1 - HISTORY_LENGTH));
  samples.push(sample);
  return samples;
}

/** The earlier moment; if the time of day was set back, a moment in the future does not count. */
function earlier(moment: number | undefined, at: number): number {
  return moment === undefined ? at : Math.min(moment, at);
}

/** Whether a server is unhealthy and became so too often: it then stays unhealthy for longer. */
export function isDamped(state: HealthState, flapDamping: FlapDamping | undefined): boolean {
  if (flapDamping === undefined || state.health !== "unhealthy") return false;
  const { changes, withinMs } = flapDamping;
  const { falls = [] } = state;
  const [first, last] = [falls.at(-changes), falls.at(-1)];
  return first !== undefined && last !== undefined && Math.abs(last - first) <= withinMs;
}

/** The longest delay from the start of a probe to the start of the next, whatever the state; milliseconds. */
export function longestDelayMs(
  { intervalMs, unhealthyIntervalMs = 0, retryDelayMs = 0, warmupMs = 0 }: CheckTiming,
): number {
  return Math.max(intervalMs, unhealthyIntervalMs, retryDelayMs, warmupMs);
}

/**
 * The delay of the next probe: milliseconds from the start of the last one.
 *
 * While the health is unknown or about to change, it is the retry delay; otherwise the interval, or the unhealthy
 * interval. A damped server passes for a long time, so its interval applies.
 */
export function probeDelayMs(state: HealthState, timing: CheckTiming): number {
  const { health, successes, failures } = state;
  const { intervalMs, unhealthyIntervalMs = intervalMs, retryDelayMs } = timing;
  const regularMs = health === "unhealthy" ? unhealthyIntervalMs : intervalMs;
  if (retryDelayMs === undefined) return regularMs;
  const isUndecided = health === "unknown"
    ? successes + failures > 0
    : health === "healthy"
    ? failures > 0
    : successes > 0 && successes < timing.rise;
  return isUndecided ? retryDelayMs : regularMs;
}
