import { ERRNO, type Transport, TransportError } from "../../core/netlink/mod.ts";

/** What is received after a send: datagrams, or an errno that `receive` fails with. */
export type Script = (sent: Uint8Array, call: number) => readonly (Uint8Array | number)[];

/** A transport whose other side is one function. */
export class ScriptedTransport implements Transport {
  /** Copies of what was sent. */
  readonly sent: Uint8Array[] = [];
  /** Whether it was closed. */
  isClosed = false;
  readonly #script: Script;
  #queue: (Uint8Array | number)[] = [];

  constructor(script: Script) {
    this.#script = script;
  }

  send(datagram: Uint8Array): void {
    const copy = datagram.slice();
    this.sent.push(copy);
    this.#queue = [...this.#queue, ...this.#script(copy, this.sent.length - 1)];
  }

  receive(): Uint8Array {
    const next = this.#queue.shift();
    if (next === undefined) throw new TransportError("receive", ERRNO.EAGAIN);
    if (typeof next === "number") throw new TransportError("receive", next);
    return next;
  }

  close(): void {
    this.isClosed = true;
  }

  [Symbol.dispose](): void {
    this.close();
  }
}
