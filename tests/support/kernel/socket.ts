import { type Transport, TransportError } from "../../../core/netlink/mod.ts";
import { EAGAIN, ENOBUFS } from "./errnos.ts";
import type { Faults } from "./faults.ts";

/** Receiver of datagrams. */
export interface Receiver {
  /** Runs the messages of a datagram; answers go to the socket. */
  run(datagram: Uint8Array, socket: MemorySocket): void;
  /** The socket was closed. */
  closed(): void;
}

/** The kernel's overhead for each datagram in a socket's queue; bytes. */
const OVERHEAD_BYTES = 512;

/** One netlink socket of the in-memory kernel. */
export class MemorySocket implements Transport {
  readonly #receiver: Receiver;
  readonly #faults: Faults;
  readonly #bufferBytes: number;
  readonly #queue: Uint8Array[] = [];
  #queuedBytes = 0;
  #hasOverflowed = false;
  #isOpen = true;
  /** The remaining datagrams of a dump; `undefined` without a running one. */
  #dump: Uint8Array[] | undefined;

  constructor(receiver: Receiver, options: { readonly faults: Faults; readonly bufferBytes: number }) {
    this.#receiver = receiver;
    this.#faults = options.faults;
    this.#bufferBytes = options.bufferBytes;
  }

  /** Whether a dump has not been read to its end: the kernel runs one at a time. */
  get isDumping(): boolean {
    return this.#dump !== undefined;
  }

  /** Queues an answer, if there is room. */
  answer(bytes: readonly number[]): void {
    const cost = bytes.length + OVERHEAD_BYTES;
    if (this.#queuedBytes + cost > this.#bufferBytes) {
      this.#hasOverflowed = true;
      return;
    }
    this.#queuedBytes += cost;
    this.#queue.push(new Uint8Array(bytes));
  }

  /** Starts a dump: its first datagram is queued now, and each other one after a receive. */
  startDump(datagrams: readonly (readonly number[])[]): void {
    this.#dump = datagrams.map((bytes) => new Uint8Array(bytes));
    this.#continueDump();
  }

  #continueDump(): void {
    const next = this.#dump?.shift();
    if (next === undefined) this.#dump = undefined;
    else {
      this.#queuedBytes += next.length + OVERHEAD_BYTES;
      this.#queue.push(next);
      if (this.#dump?.length === 0) this.#dump = undefined;
    }
  }

  send(datagram: Uint8Array): void {
    this.#checkOpen("send");
    const errno = this.#faults.next("send");
    if (errno !== 0) throw new TransportError("send", errno);
    // A copy, like a system call's, because the sender can reuse its buffer.
    this.#receiver.run(datagram.slice(), this);
  }

  receive(): Uint8Array {
    this.#checkOpen("receive");
    const errno = this.#faults.next("receive");
    if (errno !== 0) throw new TransportError("receive", errno);
    if (this.#hasOverflowed) {
      this.#hasOverflowed = false;
      throw new TransportError("receive", ENOBUFS);
    }
    const datagram = this.#queue.shift();
    if (datagram === undefined) throw new TransportError("receive", EAGAIN);
    this.#queuedBytes -= datagram.length + OVERHEAD_BYTES;
    this.#continueDump();
    return datagram;
  }

  close(): void {
    if (this.#isOpen) this.#receiver.closed();
    this.#isOpen = false;
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #checkOpen(call: string): void {
    if (!this.#isOpen) throw new TypeError(`${call} on a closed socket`);
  }
}
