import { RetryDelay } from "../../core/daemon/mod.ts";
import type { Clock } from "../../core/time/mod.ts";

/** Options of {@linkcode HostRetry}. */
export interface HostRetryOptions {
  /** Whether a host name still lacks addresses. */
  readonly isNeeded: () => boolean;
  /** Resolves the missing names once. */
  readonly retry: () => Promise<void>;
  /** The source of time. */
  readonly clock: Clock;
}

/** Resolves missing host names repeatedly, after growing delays, until it is disposed of. */
export class HostRetry implements Disposable {
  readonly #options: HostRetryOptions;
  readonly #delay = new RetryDelay();
  #timer: Disposable | undefined;
  #isDisposed = false;

  /** Does nothing until {@linkcode HostRetry.begin}. */
  constructor(options: HostRetryOptions) {
    this.#options = options;
  }

  /** Begins anew with the shortest delay, if a name is missing. */
  begin(): void {
    this.#delay.reset();
    this.#schedule();
  }

  /** Stops. */
  [Symbol.dispose](): void {
    this.#isDisposed = true;
    this.#timer?.[Symbol.dispose]();
  }

  #schedule(): void {
    this.#timer?.[Symbol.dispose]();
    this.#timer = undefined;
    const { isNeeded, clock, retry } = this.#options;
    if (this.#isDisposed || !isNeeded()) return;
    this.#timer = clock.setTimer(() => void retry().finally(() => this.#schedule()), this.#delay.fail());
  }
}
