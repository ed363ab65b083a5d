import type { Clock } from "../time/mod.ts";

/** What the last request to an endpoint showed. */
export interface EndpointStatus {
  /** Its address: `host:port`. */
  readonly address: string;
  /** Whether the next request goes there first. */
  readonly isCurrent: boolean;
  /** Whether it answered; undefined before the first request to it. */
  readonly answered: boolean | undefined;
  /** Why it did not answer. */
  readonly problem: string | undefined;
  /** Time since that request; milliseconds. */
  readonly ageMs: number | undefined;
}

/** The endpoints of a store: requests go to the one that answered last, and from a failing one to the next. */
export class Endpoints {
  readonly #addresses: readonly string[];
  readonly #clock: Clock;
  readonly #last = new Map<string, { readonly at: number; readonly problem: string | undefined }>();
  #at = 0;

  /** Begins with the first one. */
  constructor(addresses: readonly string[], clock: Clock) {
    this.#addresses = addresses;
    this.#clock = clock;
  }

  /** The address for the next request; undefined if there is none. */
  get current(): string | undefined {
    return this.#addresses[this.#at];
  }

  /** The state of each one. */
  get status(): readonly EndpointStatus[] {
    const now = this.#clock.now();
    return this.#addresses.map((address, index): EndpointStatus => {
      const last = this.#last.get(address);
      return {
        address,
        isCurrent: index === this.#at,
        answered: last === undefined ? undefined : last.problem === undefined,
        problem: last?.problem,
        ageMs: last === undefined ? undefined : now - last.at,
      };
    });
  }

  /** The addresses, the current one first. */
  get inOrder(): readonly string[] {
    return [...this.#addresses.slice(this.#at), ...this.#addresses.slice(0, this.#at)];
  }

  /** One has answered, and becomes the current one. */
  answered(address: string): void {
    this.#note(address, undefined);
    this.#at = Math.max(0, this.#addresses.indexOf(address));
  }

  /**
   * One has not answered: the next one becomes the current one, unless another request has noticed before. Two requests
   * that fail at the same time must not go past the endpoint that answers.
   */
  failed(address: string, problem: string): void {
    this.#note(address, problem);
    if (this.current === address) this.#at = (this.#at + 1) % this.#addresses.length;
  }

  #note(address: string, problem: string | undefined): void {
    this.#last.set(address, { at: this.#clock.now(), problem });
  }
}
