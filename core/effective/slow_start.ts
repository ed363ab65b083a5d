import type { SlowStart } from "../model/mod.ts";

/** A weight grows in this many steps of equal duration, as HAProxy's does. */
const STEPS = 20;

/** How far a server's slow start has come. */
export interface SlowStartShare {
  /** The share of the full weight; percent, above 0 and at most 100. */
  readonly percent: number;
  /** When the share changes next; milliseconds since 1970. Undefined when it is complete. */
  readonly nextAt?: number | undefined;
}

const COMPLETE: SlowStartShare = { percent: 100 };

/**
 * The share of its weight that a server has after it recovered: it grows linearly, in {@linkcode STEPS} steps.
 *
 * @param slowStart The service's slow start; undefined for none.
 * @param options.since When the server recovered, undefined if it never had to; milliseconds since 1970.
 * @param options.now The time of day; milliseconds since 1970.
 */
export function slowStartShare(
  slowStart: SlowStart | undefined,
  options: { readonly since: number | undefined; readonly now: number },
): SlowStartShare {
  const { since, now } = options;
  if (slowStart === undefined || since === undefined) return COMPLETE;
  const { durationMs, fromPercent } = slowStart;
  const elapsedMs = Math.max(0, now - since);
  if (elapsedMs >= durationMs) return COMPLETE;
  const step = Math.floor(elapsedMs * STEPS / durationMs);
  return {
    percent: fromPercent + (100 - fromPercent) * step / STEPS,
    nextAt: since + Math.ceil((step + 1) * durationMs / STEPS),
  };
}
