import type { Clock } from "../time/mod.ts";

/** Results that come in within this are answered by one change of the table. */
export const GATHER_MS = 10;

/** The longest that the daemon sleeps towards a certain time of day. */
const LONGEST_SLEEP_MS = 60_000;

/** What a {@linkcode Timetable} works with. */
export interface TimetableOptions {
  /** Where time comes from. */
  readonly clock: Clock;
  /** The time of day; milliseconds since 1970. */
  readonly timeOfDay: () => number;
  /** Ends it. */
  readonly signal: AbortSignal;
  /** Is called when it is time to look at the table. */
  readonly onLook: () => void;
  /** Is called at the time of day that was set. */
  readonly onWake: () => void;
  /** How often the table is held against what it should be, and what is called then; milliseconds. */
  readonly verification?: { readonly everyMs: number; readonly onDue: () => void } | undefined;
}

/** When the table is looked at: after something has happened, at a certain time of day, and every now and then. */
export class Timetable {
  readonly #options: TimetableOptions;
  /** When the table is looked at next, and the timer for it. */
  #next: { readonly at: number; readonly timer: Disposable } | undefined;
  /** The timer for what changes with time alone. */
  #wake: Disposable | undefined;
  /** The timer for looking whether the table is as it should be. */
  #verification: Disposable | undefined;

  /** Has nothing in it but the verification. */
  constructor(options: TimetableOptions) {
    this.#options = options;
    options.signal.addEventListener("abort", () => {
      this.#wake?.[Symbol.dispose]();
      this.#next?.timer[Symbol.dispose]();
      this.#verification?.[Symbol.dispose]();
    }, { once: true });
    this.#scheduleVerification();
  }

  /** Whether the table is about to be looked at. */
  get isLookDue(): boolean {
    return this.#next !== undefined;
  }

  /** Has the table looked at, so many milliseconds from now at the latest. */
  lookWithin(delayMs: number): void {
    const { clock, signal, onLook } = this.#options;
    if (signal.aborted) return;
    const at = clock.now() + delayMs;
    // Only ever sooner: a stream of changes must not put off the answer to its first one.
    if (this.#next !== undefined && this.#next.at <= at) return;
    this.#next?.timer[Symbol.dispose]();
    const timer = clock.setTimer(() => {
      this.#next = undefined;
      onLook();
    }, delayMs);
    this.#next = { at, timer };
  }

  /** Has the table looked at before this returns. */
  lookNow(): void {
    this.#next?.timer[Symbol.dispose]();
    this.#next = undefined;
    this.#options.onLook();
  }

  /** Sets the time of day to wake at, instead of the one before; milliseconds since 1970. Not at all without it. */
  wakeAt(at: number | undefined): void {
    const { clock, timeOfDay, signal, onWake } = this.#options;
    this.#wake?.[Symbol.dispose]();
    this.#wake = undefined;
    if (at === undefined || signal.aborted) return;
    // Not for longer: the time of day may be set meanwhile.
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
      // What is about to be changed is no drift, and what others are changing at this moment may be half of a change.
      if (!this.isLookDue) verification.onDue();
      this.#scheduleVerification();
    }, verification.everyMs);
  }
}
