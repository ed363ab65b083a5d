/** Times of announcements after the addresses are added, because one frame can be lost; milliseconds. */
const AFTER_ADDITION_MS = [0, 100, 200, 300, 400, 5000, 5100, 5200] as const;

/** The shortest time between announcements that others cause; milliseconds. */
const REPEAT_MS = 1000;

/**
 * Times of frames that claim a virtual hardware address after that; milliseconds. A switch learns from each packet where the
 * address is, and late ones of the director before lead it back: answers until the addresses are removed there, and for a
 * second the reports of its kernel on multicast groups.
 */
const CLAIMS_MS = [20, 40, 60, 80, ...Array.from({ length: 22 }, (_, index) => 100 + 50 * (index + 1))] as const;

/** The addresses of an announcement: all of them, or one for their common hardware address. */
export type Announcement = "all" | "one";

/** When an active router announces its addresses. */
export class AnnouncementPlan {
  readonly #claims: boolean;
  #due: readonly number[] = [];
  #claimsDue: readonly number[] = [];
  #lastAt = -Infinity;

  /**
   * Announces nothing yet.
   *
   * @param options.claims Whether the addresses have a hardware address that other directors have too.
   */
  constructor({ claims }: { readonly claims: boolean }) {
    this.#claims = claims;
  }

  /** The next announcement; a moment of the monotonic clock. */
  get dueAt(): number {
    return Math.min(this.#due[0] ?? Infinity, this.#claimsDue[0] ?? Infinity);
  }

  /** The addresses have been added. */
  begin(now: number): void {
    this.#due = AFTER_ADDITION_MS.map((delayMs) => now + delayMs);
    this.#claim(now);
  }

  /** Another router was active too, so the neighbours may have its hardware address. */
  repeat(now: number): void {
    const at = Math.max(now, this.#lastAt + REPEAT_MS);
    if (at < (this.#due[0] ?? Infinity)) this.#due = [at, ...this.#due];
    if (this.#claimsDue.length === 0) this.#claim(now);
  }

  /** The addresses have been removed. */
  end(): void {
    this.#due = [];
    this.#claimsDue = [];
  }

  /** The announcement that is due, and then counts as done; undefined without one. */
  takeDue(now: number): Announcement | undefined {
    if (now < this.dueAt) return undefined;
    const isAll = now >= (this.#due[0] ?? Infinity);
    this.#due = this.#due.filter((at) => at > now);
    this.#claimsDue = this.#claimsDue.filter((at) => at > now);
    if (isAll) this.#lastAt = now;
    return isAll ? "all" : "one";
  }

  #claim(now: number): void {
    if (this.#claims) this.#claimsDue = CLAIMS_MS.map((delayMs) => now + delayMs);
  }
}
