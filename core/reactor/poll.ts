/** Events of a descriptor, as bits of epoll(7). */
export const EVENT = {
  /** There is something to read, or the peer has closed the connection. */
  readable: 0x001,
  /** There is room to write, or the connection attempt has ended. */
  writable: 0x004,
  /** The socket has an error. */
  error: 0x008,
  /** The connection is closed in both directions. */
  hangUp: 0x010,
} as const;

/**
 * The kernel's wait for descriptors: `core/ffi` has epoll(7), a test has a fake.
 *
 * Each event is reported once (edge-triggered): the next one follows a change of the descriptor. A closed descriptor
 * leaves by itself.
 */
export interface Poll {
  /**
   * Begins to report a descriptor.
   *
   * @param tag Comes back with each of its events: another one for each descriptor of the same number.
   */
  add(descriptor: number, tag: number): void;
  /**
   * Waits for events, and blocks the whole isolate.
   *
   * @param timeoutMs Longest wait; whole milliseconds, -1 without a limit.
   * @returns The number of events.
   */
  wait(timeoutMs: number): number;
  /** As {@linkcode Poll.wait}, without blocking the isolate: it costs a change of threads. */
  waitInBackground(timeoutMs: number): Promise<number>;
  /** The descriptor of an event of the last wait; -1 for a wake. */
  descriptorAt(index: number): number;
  /** The tag of an event of the last wait; for a wake, how often another isolate has woken this one. */
  tagAt(index: number): number;
  /** The bits of an event of the last wait: see {@linkcode EVENT}. */
  eventsAt(index: number): number;
  /** Ends a wait that is in progress, or the next one. */
  wake(): void;
}
