import { addressBytes, addressFamily, addressFromBytes, type CheckPath, type IpAddress } from "../model/mod.ts";
import { ERRNO } from "../netlink/mod.ts";
import { OPEN_HANDLES } from "./open_handles.ts";
import { SocketFailure } from "./socket_failure.ts";
import { NETWORK_SYMBOLS } from "./network_symbols.ts";
import { Poller, POLLIN, POLLOUT } from "./poller.ts";

const LIBRARY = "libc.so.6";

/** Constants of sys/socket.h, netinet/in.h and asm-generic/socket.h. */
const AF_INET = 2;
const AF_INET6 = 10;
const SOCK_STREAM = 1;
const SOCK_DGRAM = 2;
const SOCK_RAW = 3;
const SOCK_NONBLOCK = 0x800;
const SOCK_CLOEXEC = 0x80000;
const IPPROTO_ICMP = 1;
const IPPROTO_TCP = 6;
const TCP_NODELAY = 1;
const IPPROTO_ICMPV6 = 58;
const SOL_SOCKET = 1;
const SO_ERROR = 4;
const SO_BINDTODEVICE = 25;
const SO_MARK = 36;
const MSG_NOSIGNAL = 0x4000;

/** Longest received datagram. */
const DATAGRAM_BYTES = 64 * 1024;

type NetworkLibrary = Deno.DynamicLibrary<typeof NETWORK_SYMBOLS>;

/** The binding of a socket; see {@linkcode CheckPath}. */
export type SocketBinding = Pick<CheckPath, "source" | "interface" | "mark">;

/** An address and a port. */
export interface Endpoint {
  /** Address. */
  readonly address: IpAddress;
  /** Port; 0 for protocols without ports. */
  readonly port: number;
}

/** libc's sockets, for options that Deno's do not have. libc is opened for the first socket; no call blocks. */
export class NetworkSockets implements Disposable {
  #opened: { readonly library: NetworkLibrary; readonly poller: Poller } | undefined;

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
    this.#opened?.poller[Symbol.dispose]();
    this.#opened?.library.close();
    this.#opened = undefined;
  }

  #open(endpoint: Endpoint, options: SocketOptions): NetworkSocket {
    if (this.#opened === undefined) {
      const library = Deno.dlopen(LIBRARY, NETWORK_SYMBOLS);
      this.#opened = { library, poller: new Poller(library.symbols.poll) };
    }
    return new NetworkSocket(this.#opened, { ...options, endpoint });
  }
}

interface SocketOptions {
  readonly binding: SocketBinding;
  readonly signal: AbortSignal;
  readonly type: number;
  readonly protocol: number;
}

/** A socket to one other socket. When its signal is aborted, it closes and pending calls reject. */
export class NetworkSocket implements Disposable {
  readonly #symbols: NetworkLibrary["symbols"];
  readonly #poller: Poller;
  readonly #signal: AbortSignal;
  readonly #close = (): void => this[Symbol.dispose]();
  #descriptor: number;

  /**
   * Opens the socket and starts connecting it.
   *
   * @param opened libc and its poller.
   * @param options Peer, path and type of the socket.
   * @throws {SocketFailure} If this machine refuses, or the network refuses at once.
   */
  constructor(
    opened: { readonly library: NetworkLibrary; readonly poller: Poller },
    options: SocketOptions & { readonly endpoint: Endpoint },
  ) {
    const { endpoint, binding, signal, type, protocol } = options;
    signal.throwIfAborted();
    this.#symbols = opened.library.symbols;
    this.#poller = opened.poller;
    this.#signal = signal;
    const family = addressFamily(endpoint.address) === "ipv4" ? AF_INET : AF_INET6;
    this.#descriptor = this.#symbols.socket(family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, protocol);
    if (this.#descriptor < 0) throw this.#failure("open a socket", { isLocal: true });
    OPEN_HANDLES.networkSockets++;
    signal.addEventListener("abort", this.#close, { once: true });
    try {
      this.#choose(binding);
      if (type === SOCK_STREAM) {
        const on = new Uint8Array(Uint32Array.of(1).buffer);
        this.#symbols.setsockopt(this.#descriptor, IPPROTO_TCP, TCP_NODELAY, on, on.length);
      }
      const address = socketAddress(endpoint);
      const status = this.#symbols.connect(this.#descriptor, address, address.length);
      if (status < 0 && this.#errno() !== ERRNO.EINPROGRESS) throw this.#failure("connect");
    } catch (error) {
      this[Symbol.dispose]();
      throw error;
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
    await this.#wait(POLLOUT);
    const value = new Uint8Array(4);
    const length = new Uint8Array(Uint32Array.of(4).buffer);
    this.#symbols.getsockopt(this.#descriptor, SOL_SOCKET, SO_ERROR, value, length);
    const errno = new DataView(value.buffer).getInt32(0, true);
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
      const view = buffer as Uint8Array<ArrayBuffer>;
      const count = Number(this.#symbols.recv(this.#descriptor, view, BigInt(view.length), 0));
      if (count > 0) return count;
      if (count === 0) return null;
      if (this.#errno() !== ERRNO.EAGAIN) throw this.#failure("receive");
      await this.#wait(POLLIN);
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
      const count = Number(this.#symbols.send(this.#descriptor, rest, BigInt(rest.length), MSG_NOSIGNAL));
      if (count >= 0) rest = rest.subarray(count);
      else if (this.#errno() === ERRNO.EAGAIN) await this.#wait(POLLOUT);
      else throw this.#failure("send");
    }
  }

  /** Closes the socket; closing twice is harmless. */
  [Symbol.dispose](): void {
    this.#signal.removeEventListener("abort", this.#close);
    if (this.#descriptor < 0) return;
    this.#symbols.close(this.#descriptor);
    this.#descriptor = -1;
    OPEN_HANDLES.networkSockets--;
  }

  async #wait(events: number): Promise<void> {
    await this.#poller.wait(this.#descriptor, { events, signal: this.#signal });
  }

  #choose({ source, interface: device, mark }: SocketBinding): void {
    if (mark !== undefined) this.#set({ name: SO_MARK, value: new Uint8Array(Uint32Array.of(mark).buffer) });
    if (device !== undefined) this.#set({ name: SO_BINDTODEVICE, value: new TextEncoder().encode(`${device}\0`) });
    if (source === undefined) return;
    const address = socketAddress({ address: source, port: 0 });
    if (this.#symbols.bind(this.#descriptor, address, address.length) < 0) {
      throw this.#failure(`use the source address ${source}`, { isLocal: true });
    }
  }

  #set({ name, value }: { readonly name: number; readonly value: Uint8Array<ArrayBuffer> }): void {
    if (this.#symbols.setsockopt(this.#descriptor, SOL_SOCKET, name, value, value.length) === 0) return;
    throw this.#failure(name === SO_MARK ? "set the firewall mark" : "use the interface", { isLocal: true });
  }

  #errno(): number {
    const location = this.#symbols.__errno_location();
    return location === null ? 0 : new Deno.UnsafePointerView(location).getInt32();
  }

  #failure(operation: string, options: { readonly isLocal?: boolean } = {}): SocketFailure {
    return new SocketFailure(operation, { errno: this.#errno(), ...options });
  }
}

/** An endpoint as struct sockaddr_in or sockaddr_in6. */
function socketAddress({ address, port }: Endpoint): Uint8Array<ArrayBuffer> {
  const isIpv4 = addressFamily(address) === "ipv4";
  const bytes = new Uint8Array(isIpv4 ? 16 : 28);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, isIpv4 ? AF_INET : AF_INET6, true);
  view.setUint16(2, port, false);
  bytes.set(addressBytes(address), isIpv4 ? 4 : 8);
  return bytes;
}
