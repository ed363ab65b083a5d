import type { Poll } from "./poll.ts";
import type { Watcher } from "./reactor.ts";

/**
 * Reports the events of descriptors in an isolate that has other work too: it waits in the background, and only while
 * there is a descriptor. Each wake costs a change of threads, which a {@linkcode Reactor} saves.
 */
export class BackgroundWatch {
  readonly #poll: Poll;
  readonly #watched = new Map<number, { readonly watcher: Watcher; readonly tag: number }>();
  #lastTag = 0;
  #waiting: Promise<void> | undefined;

  /** Waits for nothing yet. */
  constructor(poll: Poll) {
    this.#poll = poll;
  }

  /** Reports the events of a descriptor, until {@linkcode BackgroundWatch.forget}. */
  watch(descriptor: number, watcher: Watcher): void {
    const tag = this.#lastTag = (this.#lastTag + 1) & 0x7fffffff;
    this.#watched.set(descriptor, { watcher, tag });
    this.#poll.add(descriptor, tag);
    this.#waiting ??= this.#wait();
  }

  /** Reports no more events of a descriptor; call it before the descriptor is closed. */
  forget(descriptor: number): void {
    this.#watched.delete(descriptor);
    if (this.#watched.size === 0 && this.#waiting !== undefined) this.#poll.wake();
  }

  /** Does nothing: the event loop of the isolate turns by itself. */
  resumeAsync(): void {}

  /** Resolves soon after the last descriptor has left; `undefined` if it does not wait. */
  get waiting(): Promise<void> | undefined {
    return this.#waiting;
  }

  async #wait(): Promise<void> {
    while (this.#watched.size > 0) {
      const count = await this.#poll.waitInBackground(-1);
      for (let index = 0; index < count; index++) {
        const watched = this.#watched.get(this.#poll.descriptorAt(index));
        // An event before this one may have closed the descriptor, and opened another of the same number.
        if (watched?.tag === this.#poll.tagAt(index)) watched.watcher.onEvents(this.#poll.eventsAt(index));
      }
    }
    this.#waiting = undefined;
  }
}
