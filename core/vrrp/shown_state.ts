import type { RouterState, RouterStatus } from "./status.ts";

/** The state of a router for users: which one, why, and since when. */
export class ShownState {
  readonly #timeOfDay: () => number;
  #state: RouterState = "init";
  #reason = "it has just started";
  #since: number;
  #quietSince: number;

  /** A router that has just started. */
  constructor({ now, timeOfDay }: { readonly now: number; readonly timeOfDay: () => number }) {
    this.#timeOfDay = timeOfDay;
    this.#since = timeOfDay();
    this.#quietSince = now;
  }

  /** The state. */
  get state(): RouterState {
    return this.#state;
  }

  /** The state in a status. */
  get status(): Pick<RouterStatus, "state" | "reason" | "since"> {
    return { state: this.#state, reason: this.#reason, since: this.#since };
  }

  /** Continues the state of another process. */
  continue({ state, reason, since }: Pick<RouterStatus, "state" | "reason" | "since">): void {
    this.#state = state;
    this.#reason = reason;
    this.#since = since;
  }

  /**
   * Takes a state or another reason for the same one.
   *
   * @returns The former state if it has changed.
   */
  enter(
    state: RouterState,
    { reason, now }: { readonly reason: string; readonly now: number },
  ): RouterState | undefined {
    const from = this.#state;
    this.#reason = reason;
    this.#state = state;
    if (from === state) return undefined;
    this.#quietSince = now;
    this.#since = this.#timeOfDay();
    return from;
  }

  /** The router hears another one. */
  hear(now: number): void {
    this.#quietSince = now;
  }

  /** For how long it has heard nothing in its state; milliseconds. */
  quietMs(now: number): number {
    return now - this.#quietSince;
  }
}
