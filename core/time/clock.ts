/** A source of time: everything that waits takes one, so that tests control it. */
export interface Clock {
  /** Milliseconds since a fixed moment; independent of changes to the time of day. */
  now(): number;
  /**
   * Calls back once, after a delay.
   *
   * @returns The timer: disposing of it cancels the call.
   */
  setTimer(callback: () => void, delayMs: number): Disposable;
}

/** The longest delay of setTimeout, which fires at once for longer ones. */
const LONGEST_TIMEOUT_MS = 0x7fffffff;

/** The machine's clock. */
export const SYSTEM_CLOCK: Clock = {
  now: () => performance.now(),
  setTimer(callback: () => void, delayMs: number): Disposable {
    const timer = setTimeout(callback, Math.min(delayMs, LONGEST_TIMEOUT_MS));
    return { [Symbol.dispose]: () => clearTimeout(timer) };
  },
};

/** The time since a moment of the clock; milliseconds, rounded to microseconds, the precision of an event loop. */
export function elapsedMs(clock: Clock, start: number): number {
  return Math.round((clock.now() - start) * 1000) / 1000;
}

/**
 * Waits.
 *
 * @param delayMs Duration; for 0 and less, other tasks of the event loop still run first.
 * @throws {unknown} The reason of `options.signal`, as soon as that is aborted.
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
