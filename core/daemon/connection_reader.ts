import { LvsctlError } from "../errors/mod.ts";
import type { Clock } from "../time/mod.ts";
import { formatServiceId } from "../model/mod.ts";
import { type LookedUpService, LOOKUP_PAUSE } from "../reconcile/mod.ts";
import { DRAIN_LOOK_MS } from "../effective/mod.ts";
import { type BackgroundLookup, type EndsOf, endsOf } from "../follow/mod.ts";

/**
 * Which connections of servers that leave are closed. The table is read only for those that stay because of nothing
 * else, in one reading for all services, and that at most once in {@linkcode DRAIN_LOOK_MS}.
 */
export class ConnectionReader {
  readonly #options: ConnectionReaderOptions;
  #isReading = false;
  #nextAt = -Infinity;
  #found: { readonly ends: EndsOf; readonly at: number } | undefined;

  /** Knows nothing yet. */
  constructor(options: ConnectionReaderOptions) {
    this.#options = options;
  }

  /** What is known at this moment; undefined if nothing is. */
  get ends(): EndsOf | undefined {
    const { clock } = this.#options;
    return this.#found !== undefined && clock.now() - this.#found.at <= FRESH_MS ? this.#found.ends : undefined;
  }

  /**
   * Begins to find out, unless that is being done or has just been done.
   *
   * @param leavers The servers in question; not called if it does not begin. That the kernel does not tell them is for
   * whoever asks it next to say.
   */
  look(leavers: () => readonly LookedUpService[]): void {
    const { clock, signal, onFailure } = this.#options;
    const began = clock.now();
    if (this.#isReading || began < this.#nextAt || signal.aborted) return;
    const services = this.#attempt(leavers);
    if (services.length === 0) return;
    this.#isReading = true;
    void this.#read(services, began)
      .catch((error) => {
        if (!signal.aborted) onFailure(error);
      })
      .finally(() => {
        this.#isReading = false;
      });
  }

  #attempt(leavers: () => readonly LookedUpService[]): readonly LookedUpService[] {
    try {
      return leavers();
    } catch (error) {
      if (!(error instanceof LvsctlError)) this.#options.onFailure(error);
      return [];
    }
  }

  async #read(services: readonly LookedUpService[], began: number): Promise<void> {
    const { clock, signal, lookUp, onFound } = this.#options;
    this.#nextAt = began + DRAIN_LOOK_MS;
    const found = await lookUp(services, { signal });
    const at = clock.now();
    this.#nextAt = Math.max(this.#nextAt, at + LOOKUP_PAUSE * (at - began));
    if (signal.aborted) return;
    this.#found = { ends: endsOf(services, found), at };
    onFound(services.map(({ id }) => formatServiceId(id)));
  }
}

/** What {@linkcode ConnectionReader} works with. */
export interface ConnectionReaderOptions {
  /** Reads the table. */
  readonly lookUp: BackgroundLookup;
  /** Is told of which services something is known now. */
  readonly onFound: (names: readonly string[]) => void;
  /** Is told what kept the table from being read. */
  readonly onFailure: (error: unknown) => void;
  /** Where time comes from. */
  readonly clock: Clock;
  /** Ends it. */
  readonly signal: AbortSignal;
}

/** How long what was found in the table holds; milliseconds. Whoever then acts sees the kernel's counts of now. */
export const FRESH_MS = 50;
