import type { NETWORK_SYMBOLS } from "./network_symbols.ts";

/** Constants of poll.h. */
export const POLLIN = 1;
/** The socket can be written to, or its connection attempt has ended. */
export const POLLOUT = 4;

/** Bytes of struct pollfd. */
const POLLFD_BYTES = 8;

/** Intervals of polling: shortly after an event, and after a quiet time. */
const TICK_MS = 1;
const SLOW_TICK_MS = 5;
const QUIET_TICKS = 20;

interface Waiter {
  readonly descriptor: number;
  readonly events: number;
  readonly ready: () => void;
}

/**
 * Waits for sockets that can be read or written. It polls all of them together, every millisecond while there are
 * events and every five otherwise. Without a waiting caller it does not poll.
 */
export class Poller implements Disposable {
  readonly #poll: Deno.DynamicLibrary<typeof NETWORK_SYMBOLS>["symbols"]["poll"];
  readonly #waiters = new Set<Waiter>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #quietTicks = 0;

  /**
   * Creates a poller, which does not poll yet.
   *
   * @param poll libc's function.
   */
  constructor(poll: Deno.DynamicLibrary<typeof NETWORK_SYMBOLS>["symbols"]["poll"]) {
    this.#poll = poll;
  }

  /**
   * Waits for a socket.
   *
   * @param descriptor The socket.
   * @param options.events POLLIN or POLLOUT.
   * @param options.signal Ends the waiting; the promise then rejects with its reason.
   */
  async wait(
    descriptor: number,
    options: { readonly events: number; readonly signal: AbortSignal },
  ): Promise<void> {
    const { events, signal } = options;
    signal.throwIfAborted();
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const stop = (): void => reject(signal.reason);
    const waiter: Waiter = { descriptor, events, ready: resolve };
    signal.addEventListener("abort", stop, { once: true });
    this.#waiters.add(waiter);
    this.#quietTicks = 0;
    this.#timer ??= setTimeout(() => this.#pollAll(), 0);
    try {
      await promise;
    } finally {
      signal.removeEventListener("abort", stop);
      this.#waiters.delete(waiter);
      if (this.#waiters.size === 0) this[Symbol.dispose]();
    }
  }

  /** Stops polling. */
  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #pollAll(): void {
    const waiters = [...this.#waiters];
    const table = new DataView(new ArrayBuffer(waiters.length * POLLFD_BYTES));
    for (const [index, { descriptor, events }] of waiters.entries()) {
      table.setInt32(index * POLLFD_BYTES, descriptor, true);
      table.setInt16(index * POLLFD_BYTES + 4, events, true);
    }
    const count = this.#poll(new Uint8Array(table.buffer), BigInt(waiters.length), 0);
    this.#quietTicks = count > 0 ? 0 : this.#quietTicks + 1;
    for (const [index, { ready }] of waiters.entries()) {
      if (count > 0 && table.getInt16(index * POLLFD_BYTES + 6, true) !== 0) ready();
    }
    this.#timer = setTimeout(() => this.#pollAll(), this.#quietTicks < QUIET_TICKS ? TICK_MS : SLOW_TICK_MS);
  }
}
