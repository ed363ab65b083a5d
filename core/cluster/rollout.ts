import { isCount, isMoment, textOf } from "../json/mod.ts";
import { defined, oneLine } from "../model/mod.ts";
import { isVersionNumber, parseFields } from "./version.ts";

/** The states of a roll-out. */
const STATES: readonly RolloutState[] = ["running", "complete", "halted"];

/** How far a roll-out is: halted after the first director failed. */
export type RolloutState = "running" | "complete" | "halted";

/** The way of a version to the directors: one after another takes it. */
export interface Rollout {
  /** The version. */
  readonly number: number;
  /** The digest of its text. */
  readonly digest: string;
  /** The user and host that pushed it. */
  readonly author: string;
  /** The time of the push; milliseconds since 1970. */
  readonly at: number;
  /** The version before, which all directors had; 0 without one. */
  readonly base: number;
  /** How far it is. */
  readonly state: RolloutState;
  /** How long a director runs with it before the next one takes it; milliseconds. */
  readonly soakMs: number;
  /** The director whose turn it is. */
  readonly turn?: string | undefined;
  /** The daemon that has begun its turn, by the id of its run. */
  readonly applying?: string | undefined;
  /** Why it halted. */
  readonly reason?: string | undefined;
}

/** A roll-out as it is stored. */
export function formatRollout(rollout: Rollout): string {
  const { number, digest, author, at, base, state, soakMs, turn, applying, reason } = rollout;
  return JSON.stringify({
    format: 1,
    number,
    digest,
    author,
    at,
    base,
    state,
    soak_ms: soakMs,
    turn: turn ?? null,
    applying: applying ?? null,
    reason: reason ?? null,
  });
}

/** Parses a stored roll-out; `undefined` if it is damaged or of another format. */
export function parseRollout(stored: string): Rollout | undefined {
  const fields = parseFields(stored);
  const { number, at, base, soak_ms: soakMs } = fields;
  const [digest, author] = [textOf(fields["digest"]), textOf(fields["author"])];
  const state = STATES.find((each) => each === fields["state"]);
  if (!isVersionNumber(number) || !isMoment(at) || !isCount(base) || !isCount(soakMs)) return undefined;
  if (digest === undefined || author === undefined || state === undefined) return undefined;
  return defined({
    number,
    digest,
    author: oneLine(author),
    at,
    base,
    state,
    soakMs,
    turn: lineOf(fields["turn"]),
    applying: lineOf(fields["applying"]),
    reason: lineOf(fields["reason"]),
  });
}

function lineOf(value: unknown): string | undefined {
  const text = textOf(value);
  return text === undefined ? undefined : oneLine(text);
}

/** The facts of a director that decide what it does. */
export interface DirectorFacts {
  /** Its name. */
  readonly name: string;
  /** The id of the daemon's run. */
  readonly instance: string;
  /** The version that it has; undefined without one. */
  readonly active: { readonly number: number; readonly digest: string } | undefined;
}

/**
 * The next step of a director.
 *
 * - `keep`: it keeps its version.
 * - `take`: it takes a version at once, because no roll-out decides about it.
 * - `apply`: it is its turn.
 * - `halt`: the roll-out halts.
 * - `elect`: no director has the turn.
 * - `wait`: another director has the turn.
 */
export type Step =
  | { readonly kind: "keep" }
  | { readonly kind: "take"; readonly number: number }
  | { readonly kind: "apply" }
  | { readonly kind: "halt"; readonly reason: string }
  | { readonly kind: "elect" }
  | { readonly kind: "wait"; readonly turn: string };

/** Decides the next step of a director from the roll-out. */
export function nextStep(rollout: Rollout, { name, instance, active }: DirectorFacts): Step {
  const { number, base, state, turn, applying } = rollout;
  const hasIt = active?.number === number && active.digest === rollout.digest;
  if (state === "complete") return hasIt ? { kind: "keep" } : { kind: "take", number };
  // A director that was away has an older version than all others.
  const isBehind = base > 0 && (active === undefined || active.number < base);
  if (isBehind) return { kind: "take", number: base };
  if (state === "halted") return { kind: "keep" };
  if (active === undefined) return { kind: "take", number };
  if (turn === undefined) return { kind: "elect" };
  if (turn !== name) return { kind: "wait", turn };
  if (applying === undefined) return { kind: hasIt ? "elect" : "apply" };
  if (applying === instance) return { kind: "keep" };
  return { kind: "halt", reason: `${name}: the daemon ended while it applied version ${number}` };
}
