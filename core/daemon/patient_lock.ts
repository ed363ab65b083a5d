import type { Clock } from "../time/mod.ts";

/** How long the table may be locked: after that, health counts for more than that nobody interferes. */
const LONGEST_LOCKED_MS = 3000;

/** What is held where nobody is kept from the table. */
const NO_LOCK: Disposable = { [Symbol.dispose]: () => {} };

/** The lock that keeps others from changing the table. */
export class PatientLock {
  readonly #lockTable: (() => Disposable | undefined) | undefined;
  readonly #clock: Clock;
  /** Since when the table was found locked, while it is. */
  #lockedSince: number | undefined;

  /**
   * Holds nothing yet.
   *
   * @param lockTable Takes the lock, or gives `undefined` if somebody else has it; without it, there is no lock.
   * @param clock Where time comes from.
   */
  constructor(lockTable: (() => Disposable | undefined) | undefined, clock: Clock) {
    this.#lockTable = lockTable;
    this.#clock = clock;
  }

  /** Takes the lock until it is disposed of; `undefined` if somebody else has it. */
  take(): Disposable | undefined {
    return this.#lockTable === undefined ? NO_LOCK : this.#lockTable();
  }

  /** As {@linkcode PatientLock.take}; but if somebody else has had it for too long, the table is changed without it. */
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
