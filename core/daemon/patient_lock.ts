import type { Clock } from "../time/mod.ts";

/** How long a pass waits while another process holds the table's lock; milliseconds. */
export const LOCKED_MS = 100;

/** How long the daemon waits for the table's lock: after that, health matters more than an undisturbed change. */
const LONGEST_LOCKED_MS = 3000;

/** Held if there is no lock. */
const NO_LOCK: Disposable = { [Symbol.dispose]: () => {} };

/** The lock of the table, with limited patience for another process that holds it. */
export class PatientLock {
  readonly #lockTable: (() => Disposable | undefined) | undefined;
  readonly #clock: Clock;
  /** When another process was first found to hold the lock, while it does. */
  #lockedSince: number | undefined;

  /**
   * Holds nothing yet.
   *
   * @param lockTable Takes the lock, or returns `undefined` if another process holds it; without it, there is no lock.
   * @param clock The source of time.
   */
  constructor(lockTable: (() => Disposable | undefined) | undefined, clock: Clock) {
    this.#lockTable = lockTable;
    this.#clock = clock;
  }

  /** Takes the lock until it is disposed of; `undefined` if another process holds it. */
  take(): Disposable | undefined {
    return this.#lockTable === undefined ? NO_LOCK : this.#lockTable();
  }

  /** Like {@linkcode PatientLock.take}, but continues without the lock if another process has held it for too long. */
  takeAtLast(): Disposable | undefined {
    const lock = this.take();
    if (lock === undefined) {
      this.#lockedSince ??= this.#clock.now();
      if (this.#clock.now() - this.#lockedSince < LONGEST_LOCKED_MS) return undefined;
    }
    this.#lockedSince = undefined;
    return lock ?? NO_LOCK;
  }
}
