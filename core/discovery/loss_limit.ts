import type { DiscoveredServer } from "../model/mod.ts";

/** The rules for lists. */
export interface LossRules {
  /** Largest share of servers that a new list may lack, in percent. */
  readonly maxLossPercent: number;
  /** How long a list that lacks more is refused; milliseconds. */
  readonly holdMs: number;
}

/** The decision about a list; `reason` says why it is refused. */
export type LossDecision = { readonly isAccepted: true } | { readonly isAccepted: false; readonly reason: string };

/**
 * Decides which lists are accepted. A list is compared with the largest one of the last `holdMs`, so that a source cannot
 * take everything away in small steps. An empty list is never accepted. A server with weight 0 counts as missing.
 */
export class LossLimit {
  /** Numbers of servers of accepted lists, with the times from which others replaced them; each less than before. */
  #sizes: { readonly size: number; until: number }[] = [];
  #refusedSince: number | undefined;
  #isAgreed = false;

  /** Knows an accepted list from before, if there is one. */
  constructor(known?: readonly DiscoveredServer[]) {
    if (known !== undefined) this.#sizes = [{ size: serving(known), until: Infinity }];
  }

  /** Since when lists are refused; milliseconds of the caller's clock. Undefined while they are accepted. */
  get refusedSince(): number | undefined {
    return this.#refusedSince;
  }

  /** Accepts the next list that is not empty, whatever it lacks. */
  agree(): void {
    this.#isAgreed = true;
  }

  /**
   * Decides about a list.
   *
   * @param now The time; milliseconds of the caller's clock.
   */
  judge(
    servers: readonly DiscoveredServer[],
    { maxLossPercent, holdMs, now }: LossRules & { readonly now: number },
  ): LossDecision {
    const size = serving(servers);
    if (size === 0) {
      const reason = servers.length === 0 ? "the list is empty" : "no server in the list takes connections";
      return { isAccepted: false, reason };
    }
    this.#sizes = this.#sizes.filter(({ until }) => until > now - holdMs);
    const largest = Math.max(0, ...this.#sizes.map((each) => each.size));
    const lost = largest - size;
    const isTooMuch = lost * 100 > largest * maxLossPercent;
    const since = this.#refusedSince;
    const hasPersisted = since !== undefined && now - since >= holdMs;
    if (isTooMuch && !this.#isAgreed && !hasPersisted) {
      this.#refusedSince ??= now;
      return {
        isAccepted: false,
        reason: `the list lacks ${lost} of ${largest} servers, more than ${maxLossPercent}%`,
      };
    }
    for (const each of this.#sizes) each.until = Math.min(each.until, now);
    // An accepted loss makes the shorter list the new measure.
    if (isTooMuch) this.#sizes = [];
    // A smaller list is never the largest again: it is replaced before this one. So the sizes only fall, and are few.
    this.#sizes = [...this.#sizes.filter((each) => each.size > size), { size, until: Infinity }];
    this.#refusedSince = undefined;
    this.#isAgreed = false;
    return { isAccepted: true };
  }
}

function serving(servers: readonly DiscoveredServer[]): number {
  return servers.filter(({ weight }) => weight !== 0).length;
}
