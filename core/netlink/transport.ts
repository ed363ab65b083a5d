/**
 * One netlink socket: it sends and receives datagrams.
 *
 * Its methods are synchronous, because the kernel runs a request and queues its answer before `send` returns.
 * Everything above this interface runs without libnl, and is tested on an in-memory kernel.
 */
export interface Transport extends Disposable {
  /**
   * Sends one datagram, which may contain several messages.
   *
   * @throws {TransportError} If the kernel did not accept it; then it ran none of the messages.
   */
  send(datagram: Uint8Array): void;
  /**
   * Receives the next datagram from the queue.
   *
   * @returns A view that is valid until the next call.
   * @throws {TransportError} EAGAIN if the queue is empty, ENOBUFS if the kernel had to drop datagrams.
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
   * Creates the error of one failed call.
   *
   * @param call The call that failed: "send", "receive".
   * @param errno Number of the errno.
   */
  constructor(call: string, errno: number) {
    super(`netlink ${call} failed with errno ${errno}`);
    this.errno = errno;
  }
}
