import { visible } from "../../core/model/mod.ts";
import type { Rehearsal } from "../../core/reconcile/mod.ts";
import { errorJson } from "./error.ts";
import type { Json } from "./json.ts";

/** Whether the kernel accepted every change that was rehearsed, and kept what it acknowledged. */
export function isAccepted({ refusals, difference }: Rehearsal): boolean {
  return refusals.length === 0 && difference === undefined;
}

/** The lines of a rehearsal: what the kernel refuses, then the numbers of changes. */
export function formatRehearsal(rehearsal: Rehearsal): readonly string[] {
  const { uncopied, refusals, difference, rehearsed, skipped } = rehearsal;
  return [
    ...uncopied.map(({ message }) => `Not rehearsed: ${visible(message)}`),
    ...refusals.map(({ message }) => visible(message)),
    ...difference === undefined ? [] : [visible(difference.message)],
    isAccepted(rehearsal)
      ? `Rehearsed ${count(rehearsed)} in a network namespace: the kernel accepts them`
      : `Rehearsed ${count(rehearsed)} in a network namespace: the kernel refuses ${refusals.length}`,
    ...skipped === 0 ? [] : [`Not rehearsed: ${count(skipped)} of sync daemons, VIPs and uncopied services`],
  ];
}

function count(changes: number): string {
  return changes === 1 ? "1 change" : `${changes} changes`;
}

/** A rehearsal as JSON. */
export function rehearsalJson(rehearsal: Rehearsal): Json {
  const { uncopied, refusals, difference, rehearsed, skipped } = rehearsal;
  return {
    accepted: isAccepted(rehearsal),
    rehearsed,
    skipped,
    refusals: refusals.map(errorJson),
    difference: difference === undefined ? null : errorJson(difference),
    uncopied: uncopied.map(errorJson),
  };
}
