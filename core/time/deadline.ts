import { type Clock, SYSTEM_CLOCK } from "./clock.ts";

/** How much later than asked a timer has to fire to show that this process itself stood still. */
const LATE_MS = 10;
/** What the answer gets after such a standstill: a few turns of the event loop, to be seen if it is there. */
const GRACE_MS = 20;
/** How often it gets that, while this process goes on being slow: a deadline is still a deadline. */
const MOST_GRACES = 4;

/**
 * Calls back at the deadline.
 *
 * After a standstill of the process (a stopped virtual machine, a long system call) every deadline is over at once,
 * and the timers run before the answers are looked at, though they came in time. Without a grace all servers at once
 * would fail a probe for what this machine did. Where the grace comes late as well, there is more to be done than this
 * machine can do, and the answer may still be in line.
 */
function setDeadline(clock: Clock, options: { readonly timeoutMs: number; readonly expire: () => void }): Disposable {
  const { timeoutMs, expire } = options;
  let graces = 0;
  const wait = (delayMs: number): Disposable => {
    const end = clock.now() + delayMs;
    return clock.setTimer(() => {
      if (clock.now() - end < LATE_MS || graces++ === MOST_GRACES) expire();
      else timer = wait(GRACE_MS);
    }, delayMs);
  };
  let timer = wait(timeoutMs);
  return { [Symbol.dispose]: () => timer[Symbol.dispose]() };
}

/** What bounds {@linkcode runWithin}. */
export interface Bounds {
  /** The hard deadline; milliseconds. */
  readonly timeoutMs: number;
  /** Calls the whole off. */
  readonly signal?: AbortSignal | undefined;
  /**
   * Where time comes from.
   *
   * @default {SYSTEM_CLOCK}
   */
  readonly clock?: Clock | undefined;
}

/** How something ended, and what it took; milliseconds, in whole microseconds. */
export interface Timed<T> {
  /** What it gave. */
  readonly outcome: T;
  /** From its start to its end. */
  readonly latencyMs: number;
}

/**
 * Runs something that ends at once when its signal is aborted, which happens at a hard deadline.
 *
 * @throws {unknown} What it throws; and the reason of `bounds.signal` if that is aborted before.
 */
export async function runWithin<T>(
  bounds: Bounds,
  run: (options: { readonly signal: AbortSignal; readonly clock: Clock }) => Promise<T>,
): Promise<Timed<T>> {
  const { timeoutMs, signal, clock = SYSTEM_CLOCK } = bounds;
  signal?.throwIfAborted();
  const controller = new AbortController();
  const callOff = (): void => controller.abort(signal?.reason);
  signal?.addEventListener("abort", callOff, { once: true });
  const started = clock.now();
  using _deadline = setDeadline(clock, { timeoutMs, expire: () => controller.abort() });
  try {
    const outcome = await run({ signal: controller.signal, clock });
    // Microseconds are as much as a clock of the event loop can tell.
    return { outcome, latencyMs: Math.round((clock.now() - started) * 1000) / 1000 };
  } finally {
    signal?.removeEventListener("abort", callOff);
  }
}

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
