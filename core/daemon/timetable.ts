import type { Clock } from "../time/mod.ts";

/** One pass over the table reacts to all results that arrive within this time; milliseconds. */
export const GATHER_MS = 10;

/** A pass within this time makes a verification needless; a later one is a retry of what failed. Milliseconds. */
const SOON_MS = 100;

/** The longest that the daemon sleeps towards a certain time of day; milliseconds. */
const LONGEST_SLEEP_MS = 60_000;

/** Options of a {@linkcode Timetable}. */
export interface TimetableOptions {
  /** The source of time. */
  readonly clock: Clock;
  /** The time of day; milliseconds since 1970. */
  readonly timeOfDay: () => number;
  /** Ends it. */
  readonly signal: AbortSignal;
  /** Called when a pass over the table is due. */
  readonly onPass: () => void;
  /** Called at the time of day set with {@linkcode Timetable.wakeAt}. */
  readonly onWake: () => void;
  /** How often the table is verified, in milliseconds, and the function that verifies it. */
  readonly verification?: { readonly everyMs: number; readonly onDue: () => void } | undefined;
}

/** When a pass over the table is due: after an event, at a certain time of day, and periodically. */
export class Timetable {
  readonly #options: TimetableOptions;
  /** When the next pass is due, and its timer. */
  #next: { readonly at: number; readonly timer: Disposable } | undefined;
  /** The timer for changes by time alone. */
  #wake: Disposable | undefined;
  /** The timer for the next verification. */
  #verification: Disposable | undefined;

  /** Contains nothing but the verification. */
  constructor(options: TimetableOptions) {
    this.#options = options;
    options.signal.addEventListener("abort", () => {
      this.#wake?.[Symbol.dispose]();
      this.#next?.timer[Symbol.dispose]();
      this.#verification?.[Symbol.dispose]();
    }, { once: true });
    this.#scheduleVerification();
  }

  /** Schedules a pass for at most this many milliseconds from now. */
  passWithin(delayMs: number): void {
    const { clock, signal, onPass } = this.#options;
    if (signal.aborted) return;
    const at = clock.now() + delayMs;
    // A pass only ever moves forward: a stream of changes must not delay the reaction to its first one.
    if (this.#next !== undefined && this.#next.at <= at) return;
    this.#next?.timer[Symbol.dispose]();
    const timer = clock.setTimer(() => {
      this.#next = undefined;
      onPass();
    }, delayMs);
    this.#next = { at, timer };
  }

  /** Runs a pass before this returns. */
  passNow(): void {
    this.#next?.timer[Symbol.dispose]();
    this.#next = undefined;
    this.#options.onPass();
  }

  /** Replaces the time of day to wake at; milliseconds since 1970. Undefined: never. */
  wakeAt(at: number | undefined): void {
    const { clock, timeOfDay, signal, onWake } = this.#options;
    this.#wake?.[Symbol.dispose]();
    this.#wake = undefined;
    if (at === undefined || signal.aborted) return;
    // A limited sleep, because the time of day may be set in the meantime.
    const delayMs = Math.min(Math.max(at - timeOfDay(), GATHER_MS), LONGEST_SLEEP_MS);
    this.#wake = clock.setTimer(() => {
      this.#wake = undefined;
      onWake();
    }, delayMs);
  }

  #scheduleVerification(): void {
    const { verification, signal, clock } = this.#options;
    if (verification === undefined || signal.aborted) return;
    this.#verification = clock.setTimer(() => {
      // A change that is about to be made is not drift, and another program's change may be half done.
      if (this.#next === undefined || this.#next.at - clock.now() > SOON_MS) verification.onDue();
      this.#scheduleVerification();
    }, verification.everyMs);
  }
}
