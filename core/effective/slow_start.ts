import type { SlowStart } from "../model/mod.ts";

/** In so many equal steps of time a weight grows, as HAProxy's does. */
const STEPS = 20;

/** How far a server's slow start is. */
export interface SlowStartShare {
  /** Share of the weight that it grows to; percent, above 0 and at most 100. */
  readonly percent: number;
  /** When the share changes next; milliseconds since 1970. Undefined when it is complete. */
  readonly nextAt?: number;
}

/** All of the weight. */
const COMPLETE: SlowStartShare = { percent: 100 };

/**
 * The share of its weight that a server has some time after it recovered: it grows linearly, in {@linkcode STEPS} steps.
 *
 * @param slowStart What the service says of it; undefined for none.
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
