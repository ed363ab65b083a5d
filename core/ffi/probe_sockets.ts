import { ERRNO } from "../netlink/mod.ts";
import { NetworkLibrary } from "./network_library.ts";
import { OPEN_HANDLES } from "./open_handles.ts";
import { SocketFailure } from "./socket_failure.ts";
import {
  type Endpoint,
  openSocket,
  SOCK_DGRAM,
  SOCK_STREAM,
  SocketAddresses,
  type SocketBinding,
} from "./socket_setup.ts";

/** Constant of sys/socket.h. */
const MSG_NOSIGNAL = 0x4000;

/** Longest received datagram. */
const DATAGRAM_BYTES = 64 * 1024;

/** Most bytes that are received over TCP at once. */
const STREAM_BYTES = 16 * 1024;

/**
 * Sockets by their descriptors, for probes that are state machines: no call waits, no promise, no object for a socket.
 */
export class ProbeSockets implements Disposable {
  readonly #library = new NetworkLibrary();
  readonly #addresses = new SocketAddresses();
  #datagram: Uint8Array<ArrayBuffer> | undefined;
  #stream: Uint8Array<ArrayBuffer> | undefined;

  /**
   * Opens a TCP socket over which one message at most will be sent, and starts to connect it.
   *
   * @returns Its descriptor.
   * @throws {SocketFailure} If this machine refuses, or the network refuses at once.
   */
  connect(endpoint: Endpoint, binding: SocketBinding): number {
    return this.#open(endpoint, { binding, type: SOCK_STREAM });
  }

  /**
   * Opens a UDP socket to one other socket, which reports errors by ICMP.
   *
   * @returns Its descriptor.
   * @throws {SocketFailure} If this machine refuses.
   */
  openDatagram(endpoint: Endpoint, binding: SocketBinding): number {
    return this.#open(endpoint, { binding, type: SOCK_DGRAM });
  }

  /** The error of a connection attempt that has ended; `undefined` if it is connected. */
  connectFailure(descriptor: number): SocketFailure | undefined {
    const errno = this.#library.connectErrno(descriptor);
    return errno === 0 ? undefined : new SocketFailure("connect", { errno });
  }

  /**
   * Sends a datagram; if there is no room for it, it is lost like one on the way.
   *
   * @throws {SocketFailure} If the port is unreachable, or this machine refuses.
   */
  send(descriptor: number, bytes: Uint8Array): void {
    this.write(descriptor, bytes);
  }

  /**
   * Receives a datagram.
   *
   * @returns Its bytes, valid until the next call; `undefined` if none has arrived.
   * @throws {SocketFailure} If the port is unreachable.
   */
  receive(descriptor: number): Uint8Array | undefined {
    return this.#receive(descriptor, this.#datagram ??= new Uint8Array(DATAGRAM_BYTES));
  }

  /**
   * Sends bytes over TCP, as many as there is room for.
   *
   * @returns Their number.
   * @throws {SocketFailure} If the connection is broken, or this machine refuses.
   */
  write(descriptor: number, bytes: Uint8Array): number {
    const view = bytes as Uint8Array<ArrayBuffer>;
    const count = this.#library.symbols.send(descriptor, view, BigInt(view.length), MSG_NOSIGNAL);
    if (count >= 0) return count;
    if (this.#library.errno === ERRNO.EAGAIN) return 0;
    throw new SocketFailure("send", { errno: this.#library.errno });
  }

  /**
   * Receives bytes over TCP.
   *
   * @returns The bytes, valid until the next call, none at the end; `undefined` if none have arrived.
   * @throws {SocketFailure} If the connection is broken.
   */
  read(descriptor: number): Uint8Array | undefined {
    return this.#receive(descriptor, this.#stream ??= new Uint8Array(STREAM_BYTES));
  }

  /** Closes a socket. */
  close(descriptor: number): void {
    this.#library.symbols.close(descriptor);
    OPEN_HANDLES.networkSockets--;
  }

  /** Closes the library; its sockets must be closed before. */
  [Symbol.dispose](): void {
    this.#library[Symbol.dispose]();
  }

  #receive(descriptor: number, buffer: Uint8Array<ArrayBuffer>): Uint8Array | undefined {
    const count = this.#library.symbols.recv(descriptor, buffer, BigInt(buffer.length), 0);
    if (count >= 0) return buffer.subarray(0, count);
    if (this.#library.errno === ERRNO.EAGAIN) return undefined;
    throw new SocketFailure("receive", { errno: this.#library.errno });
  }

  #open(endpoint: Endpoint, { binding, type }: { readonly binding: SocketBinding; readonly type: number }): number {
    const address = this.#addresses.of(endpoint);
    const descriptor = openSocket(this.#library, { binding, type, protocol: 0, address, isSilent: true });
    OPEN_HANDLES.networkSockets++;
    return descriptor;
  }
}
