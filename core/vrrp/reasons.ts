import type { IpAddress } from "../model/mod.ts";
import { PRIORITY_STOP } from "./advertisement.ts";
import type { HeardRouter } from "./status.ts";

/** A message as the reason of a change. */
export function describeMessage(
  { priority, source }: { readonly priority: number; readonly source: IpAddress },
): string {
  return priority === PRIORITY_STOP ? `${source} stops` : `${source} advertises priority ${priority}`;
}

/** Why a backup takes over when its timer fires. */
export function describeSilence(
  last: HeardRouter | undefined,
  own: {
    /** Its priority. */
    readonly priority: number;
    /** Since when it has heard nothing; milliseconds. */
    readonly quietMs: number;
    /** Time without advertisements after which it takes over in any case; milliseconds. */
    readonly downMs: number;
  },
): string {
  // What it has heard long before is no reason.
  if (last !== undefined && own.quietMs < own.downMs) {
    if (last.priority === PRIORITY_STOP) return `${last.address} has stopped`;
    if (last.priority < own.priority) {
      return `its priority ${own.priority} is higher than ${last.priority} of ${last.address}`;
    }
  }
  return `no advertisement for ${Math.round(own.quietMs)} ms`;
}
