import type { Poll } from "../../core/reactor/poll.ts";

interface Scripted {
  readonly at: number;
  readonly descriptor: number;
  readonly tag: number | undefined;
  readonly events: number;
}

/** A kernel's wait without a kernel: time goes on to the next event of a script, or to the end of the wait. */
export class FakePoll implements Poll {
  /** The time; milliseconds. */
  now = 0;
  /** The longest wait of each call. */
  readonly timeouts: number[] = [];
  /** How many of the waits were in the background. */
  inBackground = 0;
  /** Called when a wait without a limit has nothing to wait for. */
  onIdle: () => void = () => {
    throw new Error("The reactor waits for ever");
  };
  readonly #tags = new Map<number, number>();
  #script: Scripted[] = [];
  #current: Scripted[] = [];
  #wake: (() => void) | undefined;
  #isWoken = false;

  /** Adds an event; `tag` is the one of the descriptor at that time, if it is not given. */
  script(at: number, event: { readonly descriptor: number; readonly tag?: number; readonly events: number }): void {
    this.#script.push({ at, tag: event.tag, ...event });
  }

  /** Adds a wake by another isolate. */
  scriptWake(at: number, times: number): void {
    this.#script.push({ at, descriptor: -1, tag: times, events: 1 });
  }

  /** The present tag of a descriptor. */
  tagOf(descriptor: number): number | undefined {
    return this.#tags.get(descriptor);
  }

  add(descriptor: number, tag: number): void {
    this.#tags.set(descriptor, tag);
  }

  wait(timeoutMs: number): number {
    this.timeouts.push(timeoutMs);
    if (this.#isWoken) {
      this.#isWoken = false;
      return 0;
    }
    const next = Math.min(...this.#script.map(({ at }) => at));
    if (next === Infinity && timeoutMs < 0) {
      this.onIdle();
      return 0;
    }
    const end = timeoutMs < 0 ? Infinity : this.now + timeoutMs;
    this.now = Math.max(this.now, Math.min(next, end));
    this.#current = this.#script.filter(({ at }) => at <= this.now);
    this.#script = this.#script.filter(({ at }) => at > this.now);
    return this.#current.length;
  }

  async waitInBackground(timeoutMs: number): Promise<number> {
    this.inBackground++;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#wake = resolve;
    if (this.#isWoken || timeoutMs >= 0 || this.#script.length > 0) resolve();
    await promise;
    return this.wait(timeoutMs);
  }

  descriptorAt(index: number): number {
    return this.#current[index]?.descriptor ?? 0;
  }

  tagAt(index: number): number {
    const event = this.#current[index];
    return event?.tag ?? this.#tags.get(event?.descriptor ?? 0) ?? 0;
  }

  eventsAt(index: number): number {
    return this.#current[index]?.events ?? 0;
  }

  wake(): void {
    this.#isWoken = true;
    this.#wake?.();
  }
}
