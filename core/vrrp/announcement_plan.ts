/** Times of announcements after the addresses are added, because one frame can be lost; milliseconds. */
const AFTER_ADDITION_MS = [0, 100, 200, 300, 400, 5000, 5100, 5200] as const;

/** The shortest time between announcements that others cause; milliseconds. */
const REPEAT_MS = 1000;

/** When an active router announces its addresses. */
export class AnnouncementPlan {
  #due: readonly number[] = [];
  #lastAt = -Infinity;

  /** The next announcement; a moment of the monotonic clock. */
  get dueAt(): number {
    return this.#due[0] ?? Infinity;
  }

  /** The addresses have been added. */
  begin(now: number): void {
    this.#due = AFTER_ADDITION_MS.map((delayMs) => now + delayMs);
  }

  /** Another router was active too, so the neighbours may have its hardware address. */
  repeat(now: number): void {
    const at = Math.max(now, this.#lastAt + REPEAT_MS);
    if (at < this.dueAt) this.#due = [at, ...this.#due];
  }

  /** The addresses have been removed. */
  end(): void {
    this.#due = [];
  }

  /** Whether an announcement is due, which is then done. */
  takeDue(now: number): boolean {
    if (now < this.dueAt) return false;
    this.#due = this.#due.filter((at) => at > now);
    this.#lastAt = now;
    return true;
  }
}
