import { ERRNO } from "../netlink/mod.ts";
import { SocketFailure } from "./socket_failure.ts";
import { waitTime } from "./wait_time.ts";

const LIBRARY = "libc.so.6";

/** Constants of sys/epoll.h and sys/eventfd.h. */
const EPOLL_CLOEXEC = 0x80000;
const EPOLL_CTL_ADD = 1;
const EPOLLIN = 0x001;
const EPOLLOUT = 0x004;
const EPOLLET = 0x8000_0000;
const EFD_CLOEXEC = 0x80000;
const EFD_NONBLOCK = 0x800;

/** Most events of one wait. */
const MAX_EVENTS = 256;

/** `struct epoll_event`, which is packed on x86-64 only: events, then a number of the caller's. */
const EPOLL_EVENT = Deno.build.arch === "x86_64" ? { bytes: 12, data: 4 } : { bytes: 16, data: 8 };

/** The descriptor that an event names if another isolate has woken this one. */
const WAKE = -1;

const SYMBOLS = {
  /** `int epoll_create1(int flags)` */
  epoll_create1: { parameters: ["i32"], result: "i32" },
  /** `int epoll_ctl(int epfd, int op, int fd, struct epoll_event *event)` */
  epoll_ctl: { parameters: ["i32", "i32", "i32", "buffer"], result: "i32" },
  /** `int epoll_wait(int epfd, struct epoll_event *events, int maxevents, int timeout)` */
  epoll_wait: { parameters: ["i32", "buffer", "i32", "i32"], result: "i32" },
  /** The same on another thread. */
  epoll_wait_in_background: {
    name: "epoll_wait",
    parameters: ["i32", "buffer", "i32", "i32"],
    result: "i32",
    nonblocking: true,
  },
  /** `int eventfd(unsigned int initval, int flags)` */
  eventfd: { parameters: ["u32", "i32"], result: "i32" },
  /** `ssize_t read(int fd, void *buf, size_t count)` */
  read: { parameters: ["i32", "buffer", "usize"], result: "isize" },
  /** `ssize_t write(int fd, const void *buf, size_t count)` */
  write: { parameters: ["i32", "buffer", "usize"], result: "isize" },
  /** `int close(int fd)` */
  close: { parameters: ["i32"], result: "i32" },
  /** `int *__errno_location(void)` */
  __errno_location: { parameters: [], result: "pointer" },
} as const satisfies Deno.ForeignLibraryInterface;

/** A counter of the kernel that one isolate increases to wake another: eventfd(2). */
export class WakeCounter implements Disposable {
  readonly #library = Deno.dlopen(LIBRARY, SYMBOLS);
  readonly #one = new Uint8Array(BigUint64Array.of(1n).buffer);
  /** The descriptor, which all isolates of the process share. */
  readonly descriptor: number;

  /**
   * Creates the counter.
   *
   * @throws {SocketFailure} If this machine refuses.
   */
  constructor() {
    this.descriptor = this.#library.symbols.eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (this.descriptor >= 0) return;
    const failure = failureOf(this.#library, "create a counter of events");
    this.#library.close();
    throw failure;
  }

  /** Adds 1. */
  increase(): void {
    this.#library.symbols.write(this.descriptor, this.#one, 8n);
  }

  /** Closes it, once no isolate waits for it any more. */
  [Symbol.dispose](): void {
    this.#library.symbols.close(this.descriptor);
    this.#library.close();
  }
}

/** The kernel's wait for many descriptors, epoll(7), edge-triggered. */
export class Epoll implements Disposable {
  readonly #library = Deno.dlopen(LIBRARY, SYMBOLS);
  readonly #descriptor: number;
  /** Ends a wait of this isolate. */
  readonly #ownWake: number;
  readonly #control: number | undefined;
  readonly #event = new Uint8Array(EPOLL_EVENT.bytes);
  readonly #eventView = new DataView(this.#event.buffer);
  readonly #events = new Uint8Array(new ArrayBuffer(EPOLL_EVENT.bytes * MAX_EVENTS));
  readonly #eventsView = new DataView(this.#events.buffer);
  readonly #counter = new Uint8Array(8);
  readonly #one = new Uint8Array(BigUint64Array.of(1n).buffer);

  /**
   * Opens it.
   *
   * @param control A {@linkcode WakeCounter} by which another isolate wakes this one.
   * @throws {SocketFailure} If this machine refuses.
   */
  constructor(control?: number) {
    const { symbols } = this.#library;
    this.#descriptor = symbols.epoll_create1(EPOLL_CLOEXEC);
    this.#ownWake = this.#descriptor < 0 ? -1 : symbols.eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    this.#control = control;
    if (this.#ownWake < 0) {
      const failure = failureOf(this.#library, "wait for sockets");
      this.#close();
      throw failure;
    }
    this.#add(this.#ownWake, { events: EPOLLIN, data: WAKE, tag: 0 });
    if (control !== undefined) this.#add(control, { events: EPOLLIN, data: WAKE, tag: 1 });
  }

  /**
   * Begins to report reading, writing and errors of a descriptor, each change once.
   *
   * @param tag Comes back with each event.
   * @throws {SocketFailure} If this machine refuses.
   */
  add(descriptor: number, tag: number): void {
    this.#add(descriptor, { events: EPOLLIN | EPOLLOUT | EPOLLET, data: descriptor, tag });
  }

  /**
   * Waits, and blocks the isolate.
   *
   * @param timeoutMs Longest wait; -1 without a limit.
   * @returns The number of events.
   */
  wait(timeoutMs: number): number {
    return this.#take(
      this.#library.symbols.epoll_wait(this.#descriptor, this.#events, MAX_EVENTS, waitTime(timeoutMs)),
    );
  }

  /** As {@linkcode Epoll.wait}, on another thread. */
  async waitInBackground(timeoutMs: number): Promise<number> {
    const { epoll_wait_in_background: wait } = this.#library.symbols;
    return this.#take(await wait(this.#descriptor, this.#events, MAX_EVENTS, waitTime(timeoutMs)));
  }

  /** The descriptor of an event; -1 for a wake. */
  descriptorAt(index: number): number {
    return this.#eventsView.getInt32(index * EPOLL_EVENT.bytes + EPOLL_EVENT.data, true);
  }

  /** The tag of an event; for a wake, how often another isolate has woken this one. */
  tagAt(index: number): number {
    return this.#eventsView.getInt32(index * EPOLL_EVENT.bytes + EPOLL_EVENT.data + 4, true);
  }

  /** The bits of an event. */
  eventsAt(index: number): number {
    return this.#eventsView.getUint32(index * EPOLL_EVENT.bytes, true);
  }

  /** Ends a wait of this isolate, or the next one. */
  wake(): void {
    this.#library.symbols.write(this.#ownWake, this.#one, 8n);
  }

  /** Closes it; no wait may be in progress. */
  [Symbol.dispose](): void {
    this.#close();
  }

  #close(): void {
    const { symbols } = this.#library;
    if (this.#descriptor >= 0) symbols.close(this.#descriptor);
    if (this.#ownWake >= 0) symbols.close(this.#ownWake);
    this.#library.close();
  }

  #add(
    descriptor: number,
    { events, data, tag }: { readonly events: number; readonly data: number; readonly tag: number },
  ): void {
    this.#eventView.setUint32(0, events, true);
    this.#eventView.setInt32(EPOLL_EVENT.data, data, true);
    this.#eventView.setInt32(EPOLL_EVENT.data + 4, tag, true);
    if (this.#library.symbols.epoll_ctl(this.#descriptor, EPOLL_CTL_ADD, descriptor, this.#event) === 0) return;
    throw failureOf(this.#library, "wait for a socket");
  }

  /** Reads the counters of the wakes among the events. */
  #take(count: number): number {
    if (count < 0) {
      const failure = failureOf(this.#library, "wait for sockets");
      if (failure.errno === ERRNO.EINTR) return 0;
      throw failure;
    }
    for (let index = 0; index < count; index++) {
      if (this.descriptorAt(index) === WAKE) this.#takeWake(index);
    }
    return count;
  }

  #takeWake(index: number): void {
    const isControl = this.tagAt(index) === 1;
    const descriptor = isControl ? this.#control ?? -1 : this.#ownWake;
    const length = this.#library.symbols.read(descriptor, this.#counter, 8n);
    const times = isControl && length === 8n ? new DataView(this.#counter.buffer).getInt32(0, true) : 0;
    this.#eventsView.setInt32(index * EPOLL_EVENT.bytes + EPOLL_EVENT.data + 4, times, true);
  }
}

function failureOf({ symbols }: Deno.DynamicLibrary<typeof SYMBOLS>, operation: string): SocketFailure {
  const location = symbols.__errno_location();
  const errno = location === null ? 0 : new Deno.UnsafePointerView(location).getInt32();
  return new SocketFailure(operation, { errno, isLocal: true });
}
