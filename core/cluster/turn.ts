import { LvsctlError } from "../errors/mod.ts";
import { type Clock, sleep } from "../time/mod.ts";
import type { DirectorHooks } from "./director_options.ts";
import type { Rollout } from "./rollout.ts";
import type { Version } from "./version.ts";

/** How long the table may differ from a version, or a change may fail; milliseconds. */
const VERIFY_MS = 30_000;

/** Time between two looks at the table and the quorums; milliseconds. */
const LOOK_MS = 500;

/** The parts of a turn. */
export interface TurnParts {
  /** Reads the version. */
  readonly read: () => Promise<Version>;
  /** Makes a version active. */
  readonly apply: (version: Version) => Promise<void>;
  /** The version that is active before. */
  readonly previous: Version;
  /** The daemon. */
  readonly hooks: Pick<DirectorHooks, "difference" | "trouble" | "belowQuorum" | "log">;
  /** The source of time. */
  readonly clock: Clock;
  /** Ends the turn. */
  readonly signal: AbortSignal;
  /** Whether the roll-out is still the same: a newer push ends the turn. */
  readonly isCurrent: () => boolean;
}

/**
 * Makes the version of a roll-out active, and looks for a time whether it works. If it does not, the previous version
 * becomes active again.
 *
 * @returns Why it does not work; undefined if it works, or if the turn ended before.
 */
export async function takeTurn(rollout: Rollout, parts: TurnParts): Promise<string | undefined> {
  const { read, apply, previous, hooks } = parts;
  const before = hooks.belowQuorum();
  try {
    await apply(await read());
  } catch (error) {
    if (!(error instanceof LvsctlError)) throw error;
    return `${error.message}; version ${previous.number} stays active`;
  }
  const failure = await firstFailure(rollout.soakMs, { ...parts, before });
  if (failure === undefined) return undefined;
  try {
    await apply(previous);
  } catch (error) {
    if (!(error instanceof LvsctlError)) throw error;
    return `${failure}; and version ${previous.number} is not valid any more: ${error.message}`;
  }
  hooks.log("error", `${failure}; version ${previous.number} is active again`);
  return `${failure}; version ${previous.number} is active again`;
}

async function firstFailure(
  soakMs: number,
  parts: TurnParts & { readonly before: readonly string[] },
): Promise<string | undefined> {
  const { hooks, clock } = parts;
  const difference = await lasting(() => hooks.trouble() ?? hooks.difference(), parts);
  if (difference !== undefined) return difference;
  const soaked = clock.now() + soakMs;
  const isOver = (): boolean => clock.now() >= soaked;
  return await lasting(() => hooks.trouble(), { ...parts, isOver });
}

/** Waits until there is no trouble, and `isOver`; then, or when trouble lasts or a quorum is lost, it ends. */
async function lasting(
  trouble: () => string | undefined,
  { hooks, clock, signal, isCurrent, before, isOver = () => true }: TurnParts & {
    readonly before: readonly string[];
    readonly isOver?: () => boolean;
  },
): Promise<string | undefined> {
  let since: number | undefined;
  while (isCurrent()) {
    const lost = hooks.belowQuorum().filter((name) => !before.includes(name));
    if (lost.length > 0) return `the quorum of ${lost.join(", ")} is lost`;
    const reason = trouble();
    if (reason === undefined && isOver()) return undefined;
    if (reason === undefined) since = undefined;
    else if (clock.now() - (since ??= clock.now()) >= VERIFY_MS) return reason;
    await sleep(LOOK_MS, { clock, signal });
  }
  return undefined;
}
