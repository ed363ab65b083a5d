import type { Clock } from "../time/mod.ts";

/** How often the lag is measured; milliseconds. */
const EVERY_MS = 1000;

/** Measures how late timers fire because the process is busy or was suspended: everything that it does is as late. */
export class LoopLag implements Disposable {
  readonly #clock: Clock;
  readonly #onLag: (milliseconds: number) => void;
  #timer: Disposable | undefined;

  /**
   * Begins to measure, once a second, until it is disposed of.
   *
   * @param onLag Receives each lag; milliseconds.
   */
  constructor(onLag: (milliseconds: number) => void, options: { readonly clock: Clock }) {
    this.#clock = options.clock;
    this.#onLag = onLag;
    this.#measure();
  }

  /** Ends it. */
  [Symbol.dispose](): void {
    this.#timer?.[Symbol.dispose]();
    this.#timer = undefined;
  }

  #measure(): void {
    const due = this.#clock.now() + EVERY_MS;
    this.#timer = this.#clock.setTimer(() => {
      this.#onLag(Math.max(0, this.#clock.now() - due));
      this.#measure();
    }, EVERY_MS);
  }
}
