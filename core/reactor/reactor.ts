import type { Clock } from "../time/mod.ts";
import type { Poll } from "./poll.ts";
import { TimerQueue } from "./timer_queue.ts";

/** Receives the events of one descriptor. */
export interface Watcher {
  /** Called with the bits of {@linkcode EVENT}. It must not wait. */
  onEvents(events: number): void;
}

/** Options of a {@linkcode Reactor}. */
export interface ReactorOptions {
  /** Milliseconds since a fixed moment. */
  readonly now: () => number;
  /** Lets the isolate's event loop turn once, so that everything that is resolved goes on. */
  readonly turn: () => Promise<void>;
  /**
   * Called with the number of times that another isolate has woken this one, before any other work.
   *
   * @default {nothing is done}
   */
  readonly onWake?: ((times: number) => Promise<void>) | undefined;
  /**
   * Called after the events and timers of each wait, and after each turn of the event loop.
   *
   * @default {nothing is done}
   */
  readonly onRound?: (() => void) | undefined;
}

/**
 * A loop that waits for descriptors and timers in the kernel itself, and so blocks its isolate: there is no change of
 * threads and no polling. Nothing else happens in the isolate while it waits, so:
 *
 * - What other isolates send is only noticed after their {@linkcode Poll.wake}.
 * - Promises go on only while the event loop of the isolate turns. Code that resolves one calls
 *   {@linkcode Reactor.resumeAsync}, and the next wait begins after a turn.
 * - A promise that something else than this reactor resolves (a file, a command) needs
 *   {@linkcode Reactor.waitInBackground} for as long.
 *
 * Answers that have arrived are handled before timers, so that a process that was suspended does not take them for late.
 */
export class Reactor {
  readonly #poll: Poll;
  readonly #options: ReactorOptions;
  /** By descriptor: who receives its events, and the tag of those events. */
  readonly #watchers: (Watcher | undefined)[] = [];
  readonly #tags: number[] = [];
  readonly #timers = new TimerQueue();
  /** When the present wait in the background ends at the latest. */
  #waitsUntil = -Infinity;
  /** The time at the beginning of this round: many calls need it. */
  #now: number;
  #lastTag = 0;
  #background = 0;
  #needsTurn = false;
  #isStopped = false;

  /** Runs nothing yet. */
  constructor(poll: Poll, options: ReactorOptions) {
    this.#poll = poll;
    this.#options = options;
    this.#now = options.now();
  }

  /** Its clock, for code that does not wait for promises. Its time stands still during a round. */
  readonly clock: Clock = {
    now: () => this.#now,
    setTimer: (callback: () => void, delayMs: number): Disposable => this.#setTimer(callback, delayMs),
  };

  /** Its clock, for code that waits for promises. */
  readonly asyncClock: Clock = {
    now: () => this.#options.now(),
    setTimer: (callback: () => void, delayMs: number): Disposable => {
      this.#now = this.#options.now();
      return this.#setTimer(() => {
        this.resumeAsync();
        callback();
      }, delayMs);
    },
  };

  /** Reports the events of a descriptor, until {@linkcode Reactor.forget}. */
  watch(descriptor: number, watcher: Watcher): void {
    const tag = this.#lastTag = (this.#lastTag + 1) & 0x7fffffff;
    this.#watchers[descriptor] = watcher;
    this.#tags[descriptor] = tag;
    this.#poll.add(descriptor, tag);
  }

  /** Reports no more events of a descriptor; call it before the descriptor is closed. */
  forget(descriptor: number): void {
    this.#watchers[descriptor] = undefined;
  }

  /** Lets the event loop of the isolate turn before the next wait, because a promise was resolved. */
  resumeAsync(): void {
    this.#needsTurn = true;
  }

  /** Waits without blocking the isolate, until the result is disposed of. */
  waitInBackground(): Disposable {
    this.#background++;
    this.#needsTurn = true;
    let isHeld = true;
    return {
      [Symbol.dispose]: () => {
        if (!isHeld) return;
        isHeld = false;
        this.#background--;
        // What follows must not wait for the end of a wait in the background.
        this.#needsTurn = true;
        this.#poll.wake();
      },
    };
  }

  /** Ends {@linkcode Reactor.run} after this round. */
  stop(): void {
    this.#isStopped = true;
    this.#poll.wake();
  }

  /** Runs until {@linkcode Reactor.stop}. */
  async run(): Promise<void> {
    const { turn, onRound } = this.#options;
    while (!this.#isStopped) {
      if (this.#needsTurn) {
        this.#needsTurn = false;
        await turn();
        this.#now = this.#options.now();
        onRound?.();
        // The code that went on may have resolved more.
        continue;
      }
      const timeoutMs = this.#timeoutMs();
      const count = this.#background > 0 ? await this.#waitInBackground(timeoutMs) : this.#poll.wait(timeoutMs);
      this.#now = this.#options.now();
      const woken = this.#dispatch(count);
      if (woken > 0) {
        await this.#options.onWake?.(woken);
        this.#now = this.#options.now();
      }
      this.#timers.fire(this.#now);
      onRound?.();
    }
  }

  async #waitInBackground(timeoutMs: number): Promise<number> {
    this.#waitsUntil = this.#timers.firstDue;
    const count = await this.#poll.waitInBackground(timeoutMs);
    this.#waitsUntil = -Infinity;
    return count;
  }

  /** The longest wait until the next timer, rounded up, so that no wait ends just before it. */
  #timeoutMs(): number {
    const { firstDue } = this.#timers;
    return firstDue === Infinity ? -1 : Math.max(0, Math.ceil(firstDue - this.#options.now()));
  }

  /** Hands the events on, and returns how often another isolate has woken this one. */
  #dispatch(count: number): number {
    let woken = 0;
    for (let index = 0; index < count; index++) {
      const descriptor = this.#poll.descriptorAt(index);
      const tag = this.#poll.tagAt(index);
      if (descriptor < 0) {
        woken += tag;
        continue;
      }
      // An event before this one may have closed the descriptor, and opened another of the same number.
      if (this.#tags[descriptor] === tag) this.#watchers[descriptor]?.onEvents(this.#poll.eventsAt(index));
    }
    return woken;
  }

  #setTimer(callback: () => void, delayMs: number): Disposable {
    const timer = this.#timers.add(callback, { now: this.#now, delayMs: Math.max(0, delayMs) });
    // A wait in the background does not know this timer.
    if (timer.due < this.#waitsUntil) this.#poll.wake();
    return timer;
  }
}
