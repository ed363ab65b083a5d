import { LvsctlError } from "../errors/mod.ts";
import type { Clock } from "../time/mod.ts";
import { formatServiceId } from "../model/mod.ts";
import { type LookedUpService, LOOKUP_PAUSE } from "../reconcile/mod.ts";
import { DRAIN_LOOK_MS } from "../effective/mod.ts";
import { type BackgroundLookup, type EndsOf, endsOf } from "../follow/mod.ts";

/**
 * Finds the closed connections of draining servers. It reads the connection table only for servers that stay for no
 * other reason, once for all services, and at most once in {@linkcode DRAIN_LOOK_MS}.
 */
export class ConnectionReader {
  readonly #options: ConnectionReaderOptions;
  #isReading = false;
  #nextAt = -Infinity;
  #last: { readonly ends: EndsOf; readonly at: number } | undefined;

  /** Has read nothing yet. */
  constructor(options: ConnectionReaderOptions) {
    this.#options = options;
  }

  /** The result of the last read; undefined if there is none, or it is too old. */
  get ends(): EndsOf | undefined {
    const { clock } = this.#options;
    return this.#last !== undefined && clock.now() - this.#last.at <= FRESH_MS ? this.#last.ends : undefined;
  }

  /**
   * Begins to read, unless a read is running or has just ended.
   *
   * @param servers Lists the draining servers; called only if a read can begin. An error of the kernel is ignored: the
   * kernel's next user reports it.
   */
  readFor(servers: () => readonly LookedUpService[]): void {
    const { clock, signal, onFailure } = this.#options;
    const began = clock.now();
    if (this.#isReading || began < this.#nextAt || signal.aborted) return;
    const services = this.#attempt(servers);
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

  #attempt(servers: () => readonly LookedUpService[]): readonly LookedUpService[] {
    try {
      return servers();
    } catch (error) {
      if (!(error instanceof LvsctlError)) this.#options.onFailure(error);
      return [];
    }
  }

  async #read(services: readonly LookedUpService[], began: number): Promise<void> {
    const { clock, signal, lookUp, onRead } = this.#options;
    this.#nextAt = began + DRAIN_LOOK_MS;
    const result = await lookUp(services, { signal });
    const at = clock.now();
    this.#nextAt = Math.max(this.#nextAt, at + LOOKUP_PAUSE * (at - began));
    if (signal.aborted) return;
    this.#last = { ends: endsOf(services, result), at };
    onRead(services.map(({ id }) => formatServiceId(id)));
  }
}

/** Options of {@linkcode ConnectionReader}. */
export interface ConnectionReaderOptions {
  /** Reads the table. */
  readonly lookUp: BackgroundLookup;
  /** Called after a read with the names of its services. */
  readonly onRead: (names: readonly string[]) => void;
  /** Called if the table cannot be read. */
  readonly onFailure: (error: unknown) => void;
  /** The source of time. */
  readonly clock: Clock;
  /** Ends reading. */
  readonly signal: AbortSignal;
}

/** How long the result of a read is valid; milliseconds. It is combined with the kernel's counts of the present. */
const FRESH_MS = 50;
