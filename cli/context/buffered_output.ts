import type { Io } from "./io.ts";

/** The number of characters in one write. */
const CHUNK = 16 * 1024;

/** Standard output in large writes: a list may have a hundred thousand lines. */
export class Output {
  readonly #io: Pick<Io, "out">;
  #pending = "";

  /** Starts empty. */
  constructor(io: Pick<Io, "out">) {
    this.#io = io;
  }

  /** Adds text. */
  write(text: string): void {
    this.#pending += text;
    if (this.#pending.length >= CHUNK) this.flush();
  }

  /** Writes the pending text. */
  flush(): void {
    const text = this.#pending;
    this.#pending = "";
    if (text !== "") this.#io.out(text);
  }
}
