/** Where everything that waits gets its time from, so that tests can give their own. */
export interface Clock {
  /** Milliseconds since some fixed moment; never goes back, whatever happens to the time of day. */
  now(): number;
  /**
   * Calls back once, after a delay.
   *
   * @returns The timer: disposing of it cancels the call; afterwards it does nothing.
   */
  setTimer(callback: () => void, delayMs: number): Disposable;
}

/** Beyond this, setTimeout fires at once. */
const LONGEST_TIMEOUT_MS = 0x7fffffff;

/** The machine's clock. */
export const SYSTEM_CLOCK: Clock = {
  now: () => performance.now(),
  setTimer(callback: () => void, delayMs: number): Disposable {
    const timer = setTimeout(callback, Math.min(delayMs, LONGEST_TIMEOUT_MS));
    return { [Symbol.dispose]: () => clearTimeout(timer) };
  },
};

/**
 * Waits.
 *
 * @param delayMs How long; zero and less still let everything else have its turn.
 * @throws {unknown} The reason of `options.signal`, at once when that is aborted.
 */
export async function sleep(
  delayMs: number,
  options: { readonly clock: Clock; readonly signal: AbortSignal },
): Promise<void> {
  const { clock, signal } = options;
  signal.throwIfAborted();
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const stop = (): void => reject(signal.reason);
  signal.addEventListener("abort", stop, { once: true });
  using _timer = clock.setTimer(resolve, Math.max(0, delayMs));
  try {
    await promise;
  } finally {
    signal.removeEventListener("abort", stop);
  }
}
