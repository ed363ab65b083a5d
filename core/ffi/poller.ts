import type { NETWORK_SYMBOLS } from "./network_symbols.ts";

/** Constants of poll.h. */
export const POLLIN = 1;
/** There is room to write, or connecting is over. */
export const POLLOUT = 4;

/** Bytes of struct pollfd. */
const POLLFD_BYTES = 8;

/** How often the sockets are looked at: soon after something happened, and when nothing has for a while. */
const TICK_MS = 1;
const SLOW_TICK_MS = 5;
const QUIET_TICKS = 20;

interface Waiter {
  readonly descriptor: number;
  readonly events: number;
  readonly ready: () => void;
}

/**
 * Tells when sockets can be read or written: all that are waited for are looked at together, every millisecond while
 * something happens and every five otherwise. While nothing is waited for it does nothing.
 */
export class Poller implements Disposable {
  readonly #poll: Deno.DynamicLibrary<typeof NETWORK_SYMBOLS>["symbols"]["poll"];
  readonly #waiters = new Set<Waiter>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #quietTicks = 0;

  /**
   * Makes a poller that waits for nothing.
   *
   * @param poll The function of libc.
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
    this.#timer ??= setTimeout(() => this.#look(), 0);
    try {
      await promise;
    } finally {
      signal.removeEventListener("abort", stop);
      this.#waiters.delete(waiter);
      if (this.#waiters.size === 0) this[Symbol.dispose]();
    }
  }

  /** Stops looking. */
  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #look(): void {
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
    this.#timer = setTimeout(() => this.#look(), this.#quietTicks < QUIET_TICKS ? TICK_MS : SLOW_TICK_MS);
  }
}
