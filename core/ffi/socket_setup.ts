import { addressBytes, addressFamily, type CheckPath, type IpAddress } from "../model/mod.ts";
import { ERRNO } from "../netlink/mod.ts";
import type { NetworkLibrary } from "./network_library.ts";
import { SocketFailure } from "./socket_failure.ts";

/** Constants of sys/socket.h, netinet/in.h and asm-generic/socket.h. */
export const AF_INET = 2;
/** A socket for a stream. */
export const SOCK_STREAM = 1;
/** A socket for datagrams. */
export const SOCK_DGRAM = 2;
/** A socket for messages of one protocol of IP. */
export const SOCK_RAW = 3;
const AF_INET6 = 10;
const SOCK_NONBLOCK = 0x800;
const SOCK_CLOEXEC = 0x80000;
const IPPROTO_TCP = 6;
const TCP_NODELAY = 1;
const SOL_SOCKET = 1;
const SO_BINDTODEVICE = 25;
const SO_MARK = 36;

/** The binding of a socket; see {@linkcode CheckPath}. */
export type SocketBinding = Pick<CheckPath, "source" | "interface" | "mark">;

/** An address and a port. */
export interface Endpoint {
  /** Address. */
  readonly address: IpAddress;
  /** Port; 0 for protocols without ports. */
  readonly port: number;
}

/** What {@linkcode openSocket} opens. */
export interface SocketSetup {
  /** What the socket is bound to. */
  readonly binding: SocketBinding;
  /** SOCK_STREAM, SOCK_DGRAM or SOCK_RAW. */
  readonly type: number;
  /** The protocol of a raw socket; 0 otherwise. */
  readonly protocol: number;
  /** The peer: see {@linkcode socketAddress}. */
  readonly address: Uint8Array<ArrayBuffer>;
  /**
   * Whether nothing will be sent over the connection.
   *
   * @default {false}
   */
  readonly isSilent?: boolean | undefined;
}

/**
 * Opens a socket that does not block, binds it, and starts to connect it.
 *
 * @returns Its descriptor.
 * @throws {SocketFailure} If this machine refuses, or the network refuses at once.
 */
export function openSocket(library: NetworkLibrary, setup: SocketSetup): number {
  const { symbols } = library;
  const { address, binding, type, protocol, isSilent = false } = setup;
  const family = address[0] === AF_INET ? AF_INET : AF_INET6;
  const descriptor = symbols.socket(family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, protocol);
  if (descriptor < 0) throw new SocketFailure("open a socket", { errno: library.errno, isLocal: true });
  try {
    if (binding.mark !== undefined || binding.interface !== undefined || binding.source !== undefined) {
      bindSocket(library, descriptor, binding);
    }
    if (type === SOCK_STREAM && !isSilent) {
      symbols.setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, library.one, library.one.length);
    }
    const status = symbols.connect(descriptor, address, address.length);
    if (status < 0 && library.errno !== ERRNO.EINPROGRESS) {
      throw new SocketFailure("connect", { errno: library.errno });
    }
    return descriptor;
  } catch (error) {
    symbols.close(descriptor);
    throw error;
  }
}

/** An endpoint as struct sockaddr_in or sockaddr_in6. */
export function socketAddress({ address, port }: Endpoint): Uint8Array<ArrayBuffer> {
  const isIpv4 = addressFamily(address) === "ipv4";
  const bytes = new Uint8Array(isIpv4 ? 16 : 28);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, isIpv4 ? AF_INET : AF_INET6, true);
  view.setUint16(2, port, false);
  bytes.set(addressBytes(address), isIpv4 ? 4 : 8);
  return bytes;
}

/** Addresses in the form of the kernel, by endpoint: each server is probed repeatedly. */
export class SocketAddresses {
  readonly #addresses = new WeakMap<Endpoint, Uint8Array<ArrayBuffer>>();

  /** The address of an endpoint, which does not change. */
  of(endpoint: Endpoint): Uint8Array<ArrayBuffer> {
    let address = this.#addresses.get(endpoint);
    if (address === undefined) {
      address = socketAddress(endpoint);
      this.#addresses.set(endpoint, address);
    }
    return address;
  }
}

function bindSocket(
  library: NetworkLibrary,
  ...[descriptor, { source, interface: device, mark }]: [number, SocketBinding]
): void {
  const { symbols } = library;
  const refuse = (operation: string): never => {
    throw new SocketFailure(operation, { errno: library.errno, isLocal: true });
  };
  if (mark !== undefined) {
    const value = new Uint8Array(Uint32Array.of(mark).buffer);
    if (symbols.setsockopt(descriptor, SOL_SOCKET, SO_MARK, value, value.length) < 0) refuse("set the firewall mark");
  }
  if (device !== undefined) {
    const value = new TextEncoder().encode(`${device}\0`);
    const status = symbols.setsockopt(descriptor, SOL_SOCKET, SO_BINDTODEVICE, value, value.length);
    if (status < 0) refuse("use the interface");
  }
  if (source !== undefined) {
    const address = socketAddress({ address: source, port: 0 });
    if (symbols.bind(descriptor, address, address.length) < 0) refuse(`use the source address ${source}`);
  }
}
