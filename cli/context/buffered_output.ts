import type { Io } from "./io.ts";

/** Characters that are gathered before they are written. */
const CHUNK = 16 * 1024;

/** Standard output in large pieces: a list may have a hundred thousand lines. */
export class Output {
  readonly #io: Io;
  #pending = "";

  /**
   * Starts empty.
   *
   * @param io Where it goes.
   */
  constructor(io: Io) {
    this.#io = io;
  }

  /** Adds text. */
  write(text: string): void {
    this.#pending += text;
    if (this.#pending.length >= CHUNK) this.flush();
  }

  /** Writes out what was gathered. */
  flush(): void {
    const text = this.#pending;
    this.#pending = "";
    if (text !== "") this.#io.out(text);
  }
}
