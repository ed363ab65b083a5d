import { addressFamily, addressFromBytes, type IpAddress } from "../model/mod.ts";
import { ERRNO } from "../netlink/mod.ts";
import { OPEN_HANDLES } from "./open_handles.ts";
import { SocketFailure } from "./socket_failure.ts";
import { NetworkLibrary } from "./network_library.ts";
import {
  AF_INET,
  type Endpoint,
  openSocket,
  SOCK_DGRAM,
  SOCK_RAW,
  SOCK_STREAM,
  SocketAddresses,
  type SocketBinding,
} from "./socket_setup.ts";

/** Constants of sys/socket.h, netinet/in.h and asm-generic/socket.h. */
const IPPROTO_ICMP = 1;
const IPPROTO_ICMPV6 = 58;
const MSG_NOSIGNAL = 0x4000;

/** Longest received datagram. */
const DATAGRAM_BYTES = 64 * 1024;

/** Events of a descriptor (sys/epoll.h). */
const EPOLLIN = 0x001;
const EPOLLOUT = 0x004;
const EPOLLERR = 0x008;
const EPOLLHUP = 0x010;
const READABLE = EPOLLIN | EPOLLERR | EPOLLHUP;
const WRITABLE = EPOLLOUT | EPOLLERR | EPOLLHUP;

/** Reports when sockets can be read or written, each change once: the sockets of an isolate share it. */
export interface SocketEvents {
  /** Begins to report a socket. */
  watch(descriptor: number, watcher: { onEvents(events: number): void }): void;
  /** Reports no more events of a socket. */
  forget(descriptor: number): void;
  /** Called when a promise was resolved because of an event. */
  resumeAsync(): void;
}

/** The objects that the sockets of an isolate share. */
interface SocketContext {
  readonly library: NetworkLibrary;
  readonly events: SocketEvents;
  /** The address of a peer in the form of the kernel. */
  readonly address: (endpoint: Endpoint) => Uint8Array<ArrayBuffer>;
}

/** libc's sockets, for options that Deno's do not have. libc is opened for the first socket; no call blocks. */
export class NetworkSockets implements Disposable {
  readonly #openEvents: () => SocketEvents;
  readonly #addresses = new SocketAddresses();
  #opened: SocketContext | undefined;

  /**
   * Opens nothing yet.
   *
   * @param openEvents Called for the first socket.
   */
  constructor(openEvents: () => SocketEvents) {
    this.#openEvents = openEvents;
  }

  /**
   * Connects by TCP.
   *
   * @throws {SocketFailure} If the network or this machine refuses.
   * @throws {unknown} The reason of `options.signal`, if it is aborted.
   */
  async connect(
    endpoint: Endpoint,
    options: { readonly binding: SocketBinding; readonly signal: AbortSignal },
  ): Promise<NetworkSocket> {
    const socket = this.#open(endpoint, { ...options, type: SOCK_STREAM, protocol: 0 });
    try {
      await socket.connected();
      return socket;
    } catch (error) {
      socket[Symbol.dispose]();
      throw error;
    }
  }

  /**
   * Opens a UDP socket to one other socket, which reports errors by ICMP.
   *
   * @throws {SocketFailure} If this machine refuses.
   */
  openDatagram(
    endpoint: Endpoint,
    options: { readonly binding: SocketBinding; readonly signal: AbortSignal },
  ): NetworkSocket {
    return this.#open(endpoint, { ...options, type: SOCK_DGRAM, protocol: 0 });
  }

  /**
   * Opens a socket for ICMP messages to and from an address.
   *
   * @returns The socket; each received IPv4 message starts with its IP header.
   * @throws {SocketFailure} If this machine refuses; the socket needs CAP_NET_RAW.
   */
  openIcmp(
    address: IpAddress,
    options: { readonly binding: SocketBinding; readonly signal: AbortSignal },
  ): NetworkSocket {
    const protocol = addressFamily(address) === "ipv4" ? IPPROTO_ICMP : IPPROTO_ICMPV6;
    return this.#open({ address, port: 0 }, { ...options, type: SOCK_RAW, protocol });
  }

  /** Closes the library; its sockets must be closed before. */
  [Symbol.dispose](): void {
    this.#opened?.library[Symbol.dispose]();
    this.#opened = undefined;
  }

  #open(endpoint: Endpoint, options: SocketOptions): NetworkSocket {
    this.#opened ??= {
      library: new NetworkLibrary(),
      events: this.#openEvents(),
      address: (peer) => this.#addresses.of(peer),
    };
    return new NetworkSocket(this.#opened, { ...options, endpoint });
  }
}

interface SocketOptions {
  readonly binding: SocketBinding;
  readonly signal: AbortSignal;
  readonly type: number;
  readonly protocol: number;
}

/** A call that waits for a socket. */
interface Waiter {
  readonly events: number;
  readonly resolve: () => void;
  readonly reject: (reason: unknown) => void;
}

/** A socket to one other socket. When its signal is aborted, it closes and pending calls reject. */
export class NetworkSocket implements Disposable {
  readonly #library: NetworkLibrary;
  readonly #symbols: NetworkLibrary["symbols"];
  readonly #events: SocketEvents;
  readonly #signal: AbortSignal;
  readonly #close = (): void => this[Symbol.dispose]();
  #descriptor: number;
  /** The events since the last call that would have blocked: each change is reported once. */
  #ready = 0;
  #waiters: Waiter[] = [];

  /**
   * Opens the socket and starts connecting it.
   *
   * @param context libc, and the events of its sockets.
   * @param options Peer, path and type of the socket.
   * @throws {SocketFailure} If this machine refuses, or the network refuses at once.
   */
  constructor(
    context: SocketContext,
    options: SocketOptions & { readonly endpoint: Endpoint },
  ) {
    const { endpoint, binding, signal, type, protocol } = options;
    signal.throwIfAborted();
    this.#library = context.library;
    this.#symbols = context.library.symbols;
    this.#events = context.events;
    this.#signal = signal;
    this.#descriptor = openSocket(this.#library, { binding, type, protocol, address: context.address(endpoint) });
    OPEN_HANDLES.networkSockets++;
    signal.addEventListener("abort", this.#close, { once: true });
    try {
      this.#events.watch(this.#descriptor, this);
    } catch (error) {
      this[Symbol.dispose]();
      throw error;
    }
  }

  /** Takes the events of the socket, and wakes the calls that wait for them. */
  onEvents(events: number): void {
    this.#ready |= events;
    for (const waiter of this.#waiters) {
      if ((events & waiter.events) === 0) continue;
      this.#waiters = this.#waiters.filter((other) => other !== waiter);
      this.#events.resumeAsync();
      waiter.resolve();
    }
  }

  /** Local address of the socket. */
  get localAddress(): IpAddress {
    const address = new Uint8Array(28);
    const length = new Uint8Array(Uint32Array.of(address.length).buffer);
    this.#symbols.getsockname(this.#descriptor, address, length);
    return address[0] === AF_INET
      ? addressFromBytes(address.subarray(4, 8))
      : addressFromBytes(address.subarray(8, 24));
  }

  /**
   * Waits until the socket is connected.
   *
   * @throws {SocketFailure} If the network refuses.
   */
  async connected(): Promise<void> {
    await this.#wait(WRITABLE);
    const errno = this.#library.connectErrno(this.#descriptor);
    if (errno !== 0) throw new SocketFailure("connect", { errno });
  }

  /**
   * Reads received bytes into the buffer, and waits for them if necessary.
   *
   * @returns The number of bytes, or `null` if the peer has closed the connection.
   * @throws {SocketFailure} If the connection is broken, or the port is unreachable.
   */
  async read(buffer: Uint8Array): Promise<number | null> {
    for (;;) {
      this.#signal.throwIfAborted();
      // What the kernel has not reported is not there: that saves a call which would find nothing.
      if ((this.#ready & READABLE) === 0) await this.#wait(READABLE);
      const view = buffer as Uint8Array<ArrayBuffer>;
      const count = this.#symbols.recv(this.#descriptor, view, BigInt(view.length), 0);
      if (count > 0) return count;
      if (count === 0) return null;
      if (this.#library.errno !== ERRNO.EAGAIN) throw this.#failure("receive");
      this.#ready &= ~READABLE;
    }
  }

  /**
   * Waits for a datagram.
   *
   * @throws {SocketFailure} If the port is unreachable.
   */
  async receive(): Promise<Uint8Array> {
    const buffer = new Uint8Array(DATAGRAM_BYTES);
    // An empty datagram looks like the end of a connection.
    return buffer.slice(0, (await this.read(buffer)) ?? 0);
  }

  /**
   * Writes all of the bytes, or sends them as one datagram.
   *
   * @throws {SocketFailure} If the connection is broken, or the port is unreachable.
   */
  async write(bytes: Uint8Array): Promise<void> {
    for (let rest = bytes as Uint8Array<ArrayBuffer>; rest.length > 0;) {
      this.#signal.throwIfAborted();
      const count = this.#symbols.send(this.#descriptor, rest, BigInt(rest.length), MSG_NOSIGNAL);
      if (count >= 0) rest = rest.subarray(count);
      else if (this.#library.errno === ERRNO.EAGAIN) {
        this.#ready &= ~WRITABLE;
        await this.#wait(WRITABLE);
      } else throw this.#failure("send");
    }
  }

  /** Closes the socket; closing twice is harmless. */
  [Symbol.dispose](): void {
    this.#signal.removeEventListener("abort", this.#close);
    if (this.#descriptor < 0) return;
    this.#events.forget(this.#descriptor);
    this.#symbols.close(this.#descriptor);
    this.#descriptor = -1;
    OPEN_HANDLES.networkSockets--;
    const waiters = this.#waiters;
    this.#waiters = [];
    if (waiters.length > 0) this.#events.resumeAsync();
    const reason: unknown = this.#signal.aborted ? this.#signal.reason : new Error("The socket is closed");
    for (const { reject } of waiters) reject(reason);
  }

  async #wait(events: number): Promise<void> {
    if ((this.#ready & events) !== 0) return;
    if (this.#descriptor < 0) throw new Error("The socket is closed");
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#waiters.push({ events, resolve, reject });
    await promise;
  }

  #failure(operation: string, options: { readonly isLocal?: boolean } = {}): SocketFailure {
    return new SocketFailure(operation, { errno: this.#library.errno, ...options });
  }
}
