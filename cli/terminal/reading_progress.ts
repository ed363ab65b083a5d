import type { Clock } from "../../core/time/mod.ts";
import { Progress, type ProgressIo } from "./progress.ts";

/** From this size on, reading can take a second, characters: a file of 2,500 services has it. */
const LARGE = 256 * 1024;

/**
 * The name of a large file on the terminal of standard error while it is read: that cannot pause, so there is no share of
 * it to show. Nothing for small files, or without such a terminal. Disposing of it clears the line.
 */
export class ReadingProgress implements Disposable {
  readonly #line: Progress;
  #size = 0;

  /** Shows nothing yet. */
  constructor({ io, clock }: { readonly io: ProgressIo; readonly clock: Clock }) {
    this.#line = new Progress(io, { now: () => clock.now(), delayMs: 0 });
  }

  /** Adds a text that is read next; files that include each other are read as one. */
  add(text: string, { name }: { readonly name: string }): void {
    this.#size += text.length;
    if (this.#size >= LARGE) this.#line.show(() => `reading ${name === "-" ? "<stdin>" : name}`);
  }

  /** Clears the line. */
  [Symbol.dispose](): void {
    this.#line[Symbol.dispose]();
  }
}
