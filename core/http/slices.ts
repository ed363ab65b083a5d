import { LvsctlError } from "../errors/mod.ts";
import { type Clock, SYSTEM_CLOCK } from "../time/mod.ts";

/** The longest work without a pause, unless one item takes longer; milliseconds. */
const SLICE_MS = 5;

/**
 * Divides long work into slices, so that it never delays a check. All work that shares an object of this class takes
 * turns, one slice at a time. A pause follows each slice, as long as the slice took: half of the time is left for
 * everything else.
 */
export class Slices implements Disposable {
  readonly #clock: Clock;
  #last: Promise<void> = Promise.resolve();
  /** The present pause. */
  #pause: { readonly timer: Disposable; readonly end: () => void } | undefined;
  #hasEnded = false;

  /** Works nothing yet. */
  constructor(clock: Clock = SYSTEM_CLOCK) {
    this.#clock = clock;
  }

  /**
   * Takes items from an iterable that works for each; yields the items of one slice together.
   *
   * @param items The items; undefined stands for work that has no item yet.
   */
  async *of<T>(items: Iterable<T | undefined>): AsyncGenerator<readonly T[], void, undefined> {
    const iterator = items[Symbol.iterator]();
    let isDone = false;
    try {
      while (!isDone) {
        const slice: T[] = [];
        isDone = await this.#inTurn(() => {
          const end = this.#clock.now() + SLICE_MS;
          do {
            const next = iterator.next();
            if (next.done === true) return true;
            if (next.value !== undefined) slice.push(next.value);
          } while (this.#clock.now() < end);
          return false;
        });
        if (slice.length > 0) yield slice;
      }
    } finally {
      if (!isDone) iterator.return?.();
    }
  }

  /** Takes all items. */
  async all<T>(items: Iterable<T | undefined>): Promise<T[]> {
    const all: T[] = [];
    for await (const slice of this.of(items)) for (const item of slice) all.push(item);
    return all;
  }

  /** Works without a pause, in a turn of its own. */
  once<T>(work: () => T): Promise<T> {
    return this.#inTurn(work);
  }

  /** Ends all work: what is not done fails. */
  [Symbol.dispose](): void {
    this.#hasEnded = true;
    this.#pause?.timer[Symbol.dispose]();
    this.#pause?.end();
  }

  async #inTurn<T>(work: () => T): Promise<T> {
    const before = this.#last;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#last = promise;
    await before;
    if (this.#hasEnded) {
      resolve();
      throw new LvsctlError("the daemon is ending", { retriable: true });
    }
    const began = this.#clock.now();
    try {
      return work();
    } finally {
      // By a timer even without a pause, so that the event loop turns.
      this.#pause = { timer: this.#clock.setTimer(resolve, this.#clock.now() - began), end: resolve };
    }
  }
}
