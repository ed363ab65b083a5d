import type { CheckTiming, FlapDamping, Health, ProbeResult } from "../model/mod.ts";

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
  /** When it became unhealthy, oldest first, as far as flap damping asks; milliseconds since 1970. Absent without. */
  readonly falls?: readonly number[];
  /** Since when a damped server passes without a failure; milliseconds since 1970. Absent for all others. */
  readonly passingSince?: number;
  /** The weight that the last probe that passed asked for; absent if it asked for none. */
  readonly weight?: number;
  /** The last {@linkcode HISTORY_LENGTH} results, oldest first. */
  readonly history: readonly HealthSample[];
}

/** The state of a server that was never probed. */
export const FRESH_STATE: HealthState = { health: "unknown", successes: 0, failures: 0, history: [] };

/** What {@linkcode advance} takes beside state and result: the check's counts, and the time. */
export interface AdvanceOptions extends Pick<CheckTiming, "rise" | "fall" | "flapDamping"> {
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
 * A server that came and went too often is held back as {@linkcode isDamped} and {@linkcode heldForMs} say.
 *
 * An inconclusive result is remembered and counts neither way.
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
  const kept = flapDamping === undefined ? [] : changed && health === "unhealthy" ? [...falls, at] : falls;
  return {
    state: {
      health,
      successes,
      failures,
      ...(since === undefined ? {} : { since }),
      ...(flapDamping === undefined || kept.length === 0 ? {} : { falls: kept.slice(-flapDamping.changes) }),
      ...(passingSince === undefined || health !== "unhealthy" ? {} : { passingSince }),
      ...(weight === undefined ? {} : { weight }),
      history,
    },
    changed,
  };
}

/** The history with one more sample at its end, and none too many at its beginning. */
function remember(history: readonly HealthSample[], sample: HealthSample): readonly HealthSample[] {
  const remembered = history.slice(Math.max(0, history.length + 1 - HISTORY_LENGTH));
  remembered.push(sample);
  return remembered;
}

/** The earlier moment; where the time of day was set back, what it was before does not count. */
function earlier(moment: number | undefined, at: number): number {
  return moment === undefined ? at : Math.min(moment, at);
}

/** Whether a server is unhealthy and became so too often: then it is let in late. */
export function isDamped(state: HealthState, flapDamping: FlapDamping | undefined): boolean {
  if (flapDamping === undefined || state.health !== "unhealthy") return false;
  const { changes, withinMs } = flapDamping;
  const { falls = [] } = state;
  const [first, last] = [falls.at(-changes), falls.at(-1)];
  return first !== undefined && last !== undefined && Math.abs(last - first) <= withinMs;
}

/**
 * How long a damped server has still to pass without a failure before it is healthy; milliseconds.
 *
 * @param state The server's.
 * @param options.flapDamping The check's.
 * @param options.at The time of day; milliseconds since 1970.
 * @returns `undefined` for a server that is not damped.
 */
export function heldForMs(
  state: HealthState,
  options: { readonly flapDamping: FlapDamping | undefined; readonly at: number },
): number | undefined {
  const { flapDamping, at } = options;
  if (flapDamping === undefined || !isDamped(state, flapDamping)) return undefined;
  return Math.max(0, flapDamping.holdMs - (at - earlier(state.passingSince, at)));
}

/**
 * When the next probe is due: milliseconds from the start of the last one to its start.
 *
 * While results are about to change the belief, and while there is none yet, that is the retry delay; otherwise the
 * interval, which unhealthy servers may have one of their own of. A damped server passes for long: it is at its interval.
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
