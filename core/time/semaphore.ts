/** A limited number of permits, handed out in the order of the requests. */
export class Semaphore {
  #free: number;
  // A set keeps the order of arrival, and deletes from the middle in constant time.
  readonly #waiting = new Set<() => void>();

  /**
   * Creates a semaphore whose permits are all free.
   *
   * @param permits Number of permits, 1 or more.
   */
  constructor(permits: number) {
    if (!(permits >= 1)) {
      throw new RangeError(`Cannot create a semaphore with ${permits} permits: 1 or more are needed`);
    }
    this.#free = permits;
  }

  /**
   * Waits for a permit.
   *
   * @returns The permit: disposing of it returns it.
   * @throws {unknown} The reason of `options.signal`, if that is aborted before a permit is free.
   */
  async acquire(options: { readonly signal?: AbortSignal | undefined } = {}): Promise<Disposable> {
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
      // A caller that has its permit already keeps it, and returns it as usual.
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
    // The permit is handed over without being free in between, so that a later request cannot take it.
    this.#waiting.delete(next);
    next();
  }
}
