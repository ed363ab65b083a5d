/**
 * One netlink socket, seen from above: datagrams out, datagrams in.
 *
 * Synchronous, because the kernel is: it has run the request and queued its answer before `send` returns.
 * Everything above this seam runs without libnl, and is tested on an in-memory kernel.
 */
export interface Transport extends Disposable {
  /**
   * Sends one datagram, which may hold several messages.
   *
   * @throws {TransportError} If the kernel did not take it; then none of its messages was run.
   */
  send(datagram: Uint8Array): void;
  /**
   * Takes the next datagram from the queue.
   *
   * @returns A view that is valid until the next call.
   * @throws {TransportError} EAGAIN if there is none, ENOBUFS if the kernel had to drop some.
   */
  receive(): Uint8Array;
  /** Closes the socket; closing twice is harmless. */
  close(): void;
}

/** A system call on the socket failed. */
export class TransportError extends Error {
  /** Class name, for debugging. */
  override name: string = "TransportError";
  /** Number of the errno. */
  readonly errno: number;

  /**
   * Makes the error of one failed call.
   *
   * @param call The call that failed: "send", "receive".
   * @param errno Number of the errno.
   */
  constructor(call: string, errno: number) {
    super(`netlink ${call} failed with errno ${errno}`);
    this.errno = errno;
  }
}
