import type { Clock } from "../health/mod.ts";

/**
 * Runs something that ends when its signal is aborted, which happens at the latest after a time.
 *
 * @param timeoutMs How long it may take.
 * @param options What calls it off earlier.
 * @param run What is run.
 */
export async function withDeadline<T>(
  timeoutMs: number,
  options: { readonly signal: AbortSignal; readonly clock: Clock; readonly run: (signal: AbortSignal) => Promise<T> },
): Promise<T> {
  const { signal, clock, run } = options;
  const controller = new AbortController();
  const callOff = (): void => controller.abort(signal.reason);
  signal.addEventListener("abort", callOff, { once: true });
  if (signal.aborted) callOff();
  using _timer = clock.setTimer(() => controller.abort(), timeoutMs);
  try {
    return await run(controller.signal);
  } finally {
    signal.removeEventListener("abort", callOff);
  }
}

/** Waits for something that cannot be called off, but not beyond a signal: it then gives `undefined`. */
export async function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T | undefined> {
  const { promise: aborted, resolve } = Promise.withResolvers<undefined>();
  const stop = (): void => resolve(undefined);
  signal.addEventListener("abort", stop, { once: true });
  if (signal.aborted) stop();
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener("abort", stop);
  }
}
