/** Lets a limited number of holders in at a time, first come first served. */
export class Semaphore {
  #free: number;
  // A set keeps the order of arrival and forgets from the middle in one step.
  readonly #waiting = new Set<() => void>();

  /**
   * Makes a semaphore with all its permits free.
   *
   * @param permits How many may hold it at a time, 1 or more.
   */
  constructor(permits: number) {
    if (!(permits >= 1)) throw new RangeError(`A semaphore needs 1 permit or more: got ${permits}`);
    this.#free = permits;
  }

  /**
   * Waits for a permit.
   *
   * @returns The permit: disposing of it gives it back.
   * @throws {unknown} The reason of `options.signal`, if that is aborted before there is a permit.
   */
  async acquire(options: { readonly signal?: AbortSignal } = {}): Promise<Disposable> {
    const { signal } = options;
    signal?.throwIfAborted();
    if (this.#free > 0) this.#free--;
    else await this.#queue(signal);
    let held = true;
    return {
      [Symbol.dispose]: () => {
        if (held) this.#release();
        held = false;
      },
    };
  }

  async #queue(signal: AbortSignal | undefined): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const leave = (): void => {
      // Whoever was let in already keeps the permit, and gives it back as usual.
      if (this.#waiting.delete(resolve)) reject(signal?.reason);
    };
    this.#waiting.add(resolve);
    signal?.addEventListener("abort", leave, { once: true });
    try {
      await promise;
    } finally {
      signal?.removeEventListener("abort", leave);
    }
  }

  #release(): void {
    const [next] = this.#waiting;
    if (next === undefined) {
      this.#free++;
      return;
    }
    // The permit passes on without being free in between, so that nobody overtakes.
    this.#waiting.delete(next);
    next();
  }
}
