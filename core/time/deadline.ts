import { type Clock, SYSTEM_CLOCK } from "./clock.ts";

/** The delay of a timer that shows that this process was suspended. */
const LATE_MS = 10;
/** Extension of a deadline after a suspension: a few turns of the event loop, to receive answers that are waiting. */
const GRACE_MS = 15;
/**
 * Most extensions in a row: even on an overloaded machine the deadline comes. If each timer is just late enough for one
 * more, it comes 85 ms late.
 */
const MAX_GRACES = 3;

/** A point in time by which something ends. */
export interface Deadline {
  /** Time from the start to the deadline; milliseconds. */
  readonly timeoutMs: number;
  /** Ends it earlier. */
  readonly signal?: AbortSignal | undefined;
  /**
   * Source of time.
   *
   * @default {SYSTEM_CLOCK}
   */
  readonly clock?: Clock | undefined;
}

/** Options of a {@linkcode DeadlineTimer}. */
export interface DeadlineTimerOptions {
  /** Time from now to the deadline; milliseconds. */
  readonly timeoutMs: number;
  /** Called at the deadline. */
  readonly expire: () => void;
}

/**
 * Calls back at the deadline, unless it is disposed of before.
 *
 * After this process was suspended (a stopped virtual machine, a long system call) every deadline has passed, and the
 * timers fire before the answers are read that came in time. Without an extension, all servers would fail a probe at
 * once because of this machine. A timer of an extension that is late too shows an overloaded machine: it is extended
 * again, because the answer may still be waiting.
 */
export class DeadlineTimer implements Disposable {
  readonly #clock: Clock;
  readonly #expire: () => void;
  #graces = 0;
  #end = 0;
  #timer: Disposable;

  /** Starts to wait. */
  constructor(clock: Clock, { timeoutMs, expire }: DeadlineTimerOptions) {
    this.#clock = clock;
    this.#expire = expire;
    this.#timer = this.#wait(timeoutMs);
  }

  /** Cancels the call. */
  [Symbol.dispose](): void {
    this.#timer[Symbol.dispose]();
  }

  #wait(delayMs: number): Disposable {
    this.#end = this.#clock.now() + delayMs;
    return this.#clock.setTimer(() => this.#fire(), delayMs);
  }

  #fire(): void {
    if (this.#clock.now() - this.#end < LATE_MS || this.#graces++ === MAX_GRACES) this.#expire();
    else this.#timer = this.#wait(GRACE_MS);
  }
}

/**
 * Runs a function with a signal that is aborted at the deadline.
 *
 * @param deadline The deadline; if its `signal` is aborted, the function's signal is too, with the same reason.
 * @param run The function; it ends soon after its signal is aborted.
 * @returns The function's result.
 * @throws {unknown} The function's error.
 */
export async function runWithin<T>(deadline: Deadline, run: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const { timeoutMs, signal, clock = SYSTEM_CLOCK } = deadline;
  const controller = new AbortController();
  const cancel = (): void => controller.abort(signal?.reason);
  signal?.addEventListener("abort", cancel, { once: true });
  if (signal?.aborted) cancel();
  using _timer = new DeadlineTimer(clock, { timeoutMs, expire: () => controller.abort() });
  try {
    return await run(controller.signal);
  } finally {
    signal?.removeEventListener("abort", cancel);
  }
}

/** Waits for a promise that cannot be cancelled, or until the signal is aborted; it then resolves to `undefined`. */
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
