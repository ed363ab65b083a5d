import { type Check, describeTrack, type Health, type VrrpInstance } from "../model/mod.ts";
import { PRIORITY_OWNER } from "./advertisement.ts";
import type { RouterSettings, TrackSettings } from "./settings.ts";
import type { TrackStatus } from "./status.ts";

/** State of a tracked thing; unknown until its first result. A number comes from a file, and is good if it is 0. */
export type TrackState = "good" | "bad" | "unknown" | number;

/** A tracked thing and its state. */
export interface TrackResult {
  /** The thing. */
  readonly track: TrackSettings;
  /** Its state. */
  readonly state: TrackState;
}

/** Priorities that tracking can lead to. */
const EFFECTIVE = { min: 1, max: 254 } as const;

/** The priority of a router, and its faults. */
export interface EffectivePriority {
  /** Its effective priority. */
  readonly priority: number;
  /** Why it must not take part; none: it may. */
  readonly faults: readonly string[];
}

/**
 * The effective priority and the faults of a router. The priority of an owner never changes, and no weight makes one.
 *
 * @param settings The router, and whether it takes part already: then it need not wait for the first result of a thing.
 * @param results The state of each thing that it tracks.
 */
export function effectivePriority(
  { priority, takesPart }: Pick<RouterSettings, "priority"> & { readonly takesPart: boolean },
  results: readonly TrackResult[],
): EffectivePriority {
  const faults = results.flatMap(({ track, state }) => {
    if (track.weight !== 0 || state === "good" || state === 0 || (state === "unknown" && takesPart)) return [];
    if (typeof state === "number") return [`${track.label} has the number ${state}`];
    return [`${track.label} is ${state === "bad" ? "down" : "not known yet"}`];
  });
  if (priority === PRIORITY_OWNER) return { priority, faults };
  const sum = results.reduce((all, result) => all + addend(result), priority);
  return { priority: Math.min(EFFECTIVE.max, Math.max(EFFECTIVE.min, sum)), faults };
}

/** The state for users, with the number of a file. */
export function shownState(state: TrackState): Pick<TrackStatus, "state" | "value"> {
  return typeof state === "number" ? { state: state === 0 ? "good" : "bad", value: state } : { state };
}

/** A positive weight rewards the good, and a negative one punishes the bad; a number is multiplied by it. */
function addend({ track: { weight }, state }: TrackResult): number {
  if (typeof state === "number") return state * weight;
  return weight > 0 ? (state === "good" ? weight : 0) : (state === "bad" ? weight : 0);
}

/**
 * The states of the services that instances track, by the labels of their tracks.
 *
 * @param instances The instances.
 * @param quorumOf The known state of the quorum of a service by its name; undefined if it is not known.
 */
export function serviceTracks(
  instances: readonly VrrpInstance[],
  quorumOf: (name: string) => "met" | "lost" | undefined,
): Readonly<Record<string, TrackState>> {
  const states = { met: "good", lost: "bad" } as const;
  return Object.fromEntries(
    instances.flatMap(({ tracks }) => tracks).flatMap((track): [string, TrackState][] => {
      if (track.kind !== "service") return [];
      const quorum = quorumOf(track.service);
      return [[describeTrack(track), quorum === undefined ? "unknown" : states[quorum]]];
    }),
  );
}

/**
 * The states of the checks that instances track, by the labels of their tracks.
 *
 * @param instances The instances.
 * @param healthOf The health that a check has found.
 */
export function checkTracks(
  instances: readonly VrrpInstance[],
  healthOf: (check: Check) => Health,
): Readonly<Record<string, TrackState>> {
  const states = { healthy: "good", unhealthy: "bad", unknown: "unknown" } as const;
  return Object.fromEntries(
    instances.flatMap(({ tracks }) => tracks).flatMap((track): [string, TrackState][] =>
      track.kind === "check" ? [[describeTrack(track), states[healthOf(track.check)]]] : []
    ),
  );
}
