import type { LvsctlError } from "../errors/mod.ts";
import { addressBytes, type AddressFamily, addressFamily, addressFromBytes, type IpAddress } from "../model/mod.ts";
import { ERRNO } from "../netlink/mod.ts";
import { FrameSender } from "./frame_sender.ts";
import { InterfaceWatch } from "./interface_watch.ts";
import { LocalListener } from "./local_listener.ts";
import { MessageBuffers } from "./message_buffers.ts";
import { errnoOf, rawFailure, type RawLibrary } from "./raw_library.ts";
import { RAW_SYMBOLS } from "./raw_symbols.ts";
import { waitTime } from "./wait_time.ts";

const LIBRARY = "libc.so.6";

/** Constants of sys/socket.h, netinet/in.h, linux/in6.h and net/if.h. */
const AF = { ipv4: 2, ipv6: 10 } as const;
const SOCK_DGRAM = 2;
const SOCK_RAW = 3;
const SOCK_NONBLOCK = 0x800;
const SOCK_CLOEXEC = 0x80000;
const SOL_SOCKET = 1;
const SO_BINDTODEVICE = 25;
const IPPROTO_IP = 0;
const IPPROTO_IPV6 = 41;
const IP = { headerIncluded: 3, multicastInterface: 32, multicastLoop: 34, addMembership: 35 } as const;
const IPV6 = {
  multicastInterface: 17,
  multicastLoop: 19,
  joinGroup: 20,
  headerIncluded: 36,
  packetInfo: 49,
  hopLimit: 51,
} as const;
const MSG_TRUNC = 0x20;
const SIOCGIFFLAGS = 0x8913n;
const IFREQ = { bytes: 40, flags: 16, longestName: 15 } as const;
const IFF_UP_AND_RUNNING = 0x41;

/** PIPE_BUF of linux/limits.h. */
const PIPE_BYTES = 4096;

/** Longest received packet. */
const PACKET_BYTES = 8192;

/** The interface and the packets of a {@linkcode RawSocket}. */
export interface RawSocketOptions {
  /** Name of the interface. */
  readonly device: string;
  /** Number of the interface. */
  readonly index: number;
  /** Protocol in the header of IP. */
  readonly protocol: number;
  /** Multicast group; all packets have its family. */
  readonly group: IpAddress;
  /**
   * Whether it joins the group, and so receives its packets: the kernel reports that to the neighbours.
   *
   * @default {true}
   */
  readonly joins?: boolean;
}

/** A packet that a {@linkcode RawSocket} received. */
export type RawPacket =
  /** Over IPv4, with its header; valid until the next call. */
  | { readonly family: "ipv4"; readonly packet: Uint8Array }
  /** Over IPv6, without its header; valid until the next call. */
  | {
    readonly family: "ipv6";
    readonly message: Uint8Array;
    readonly source: IpAddress;
    readonly destination: IpAddress;
    readonly hopLimit: number;
  };

/** Raw IP sockets, and the state of interfaces. libc is opened at construction; no call but `wait` blocks. */
export class RawSockets implements Disposable {
  readonly #library: RawLibrary = Deno.dlopen(LIBRARY, RAW_SYMBOLS);
  #control = -1;

  /**
   * Opens a socket for packets of one protocol and family on one interface.
   *
   * @throws {LvsctlError} Without permission, or without such an interface.
   */
  open(options: RawSocketOptions): RawSocket {
    return new RawSocket(this.#library, options);
  }

  /**
   * Opens a socket that can be read when an interface or an address changes.
   *
   * @throws {LvsctlError} If the kernel gives no socket.
   */
  watchInterfaces(): InterfaceWatch {
    return new InterfaceWatch(this.#library);
  }

  /** Opens a sender of whole frames. */
  openFrameSender(): FrameSender {
    return new FrameSender(this.#library);
  }

  /**
   * Listens at a path of the file system.
   *
   * @throws {LvsctlError} If the kernel refuses.
   */
  listen(path: string): LocalListener {
    return new LocalListener(this.#library, path);
  }

  /** Closes a descriptor that {@linkcode LocalListener.accept} has returned. */
  close(descriptor: number): void {
    this.#library.symbols.close(descriptor);
  }

  /** Whether an interface is up and has a link; false if there is none of this name. */
  isRunning(device: string): boolean {
    const name = new TextEncoder().encode(device);
    if (name.length > IFREQ.longestName) return false;
    const { symbols } = this.#library;
    if (this.#control < 0) this.#control = symbols.socket(AF.ipv4, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    const request = new Uint8Array(IFREQ.bytes);
    request.set(name);
    if (symbols.ioctl(this.#control, SIOCGIFFLAGS, request) < 0) return false;
    return (new DataView(request.buffer).getUint16(IFREQ.flags, true) & IFF_UP_AND_RUNNING) === IFF_UP_AND_RUNNING;
  }

  /**
   * Blocks this thread until a descriptor can be read, its other end is closed, or the time is over.
   *
   * @param descriptors The descriptors.
   * @param timeoutMs The longest wait; milliseconds.
   */
  wait(descriptors: readonly number[], timeoutMs: number): void {
    const table = new DataView(new ArrayBuffer(descriptors.length * 8));
    for (const [index, descriptor] of descriptors.entries()) {
      table.setInt32(index * 8, descriptor, true);
      table.setInt16(index * 8 + 4, 1, true);
    }
    this.#library.symbols.poll(new Uint8Array(table.buffer), BigInt(descriptors.length), waitTime(timeoutMs));
  }

  /** Whether a descriptor can be read, or its other end is closed. */
  canRead(descriptor: number): boolean {
    return this.#poll(descriptor, 1) !== 0;
  }

  /** Whether a descriptor takes bytes at once. */
  canWrite(descriptor: number): boolean {
    return this.#poll(descriptor, 4) === 4;
  }

  /** Reads bytes that wait; none if the other end is closed. */
  read(descriptor: number, buffer: Uint8Array<ArrayBuffer>): Uint8Array {
    const count = Number(this.#library.symbols.read(descriptor, buffer, BigInt(buffer.length)));
    return buffer.subarray(0, Math.max(0, count));
  }

  /**
   * Writes what a pipe takes without waiting.
   *
   * @returns The bytes that it did not take.
   */
  write(descriptor: number, bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
    let rest = bytes;
    // A pipe that takes bytes at once takes as many as PIPE_BUF, and would wait for room for more.
    while (rest.length > 0 && this.canWrite(descriptor)) {
      const piece = rest.subarray(0, PIPE_BYTES);
      const count = Number(this.#library.symbols.write(descriptor, piece, BigInt(piece.length)));
      if (count <= 0) break;
      rest = rest.subarray(count);
    }
    return rest;
  }

  /** Closes the library; its sockets must be closed before. */
  [Symbol.dispose](): void {
    if (this.#control >= 0) this.#library.symbols.close(this.#control);
    this.#control = -1;
    this.#library.close();
  }

  #poll(descriptor: number, events: number): number {
    const table = new DataView(new ArrayBuffer(8));
    table.setInt32(0, descriptor, true);
    table.setInt16(4, events, true);
    const ready = this.#library.symbols.poll(new Uint8Array(table.buffer), 1n, 0);
    return ready > 0 ? table.getInt16(6, true) : 0;
  }
}

/** Packets of one protocol and family on one interface. */
export class RawSocket implements Disposable {
  readonly #library: RawLibrary;
  readonly #options: RawSocketOptions;
  readonly #family: AddressFamily;
  readonly #packet = new Uint8Array(PACKET_BYTES);
  readonly #buffers = new MessageBuffers();
  #descriptor: number;

  /**
   * Opens the socket and joins its group.
   *
   * @param library libc.
   * @param options Interface and packets.
   * @throws {LvsctlError} If the kernel refuses.
   */
  constructor(library: RawLibrary, options: RawSocketOptions) {
    this.#library = library;
    this.#options = options;
    this.#family = addressFamily(options.group);
    const type = SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC;
    this.#descriptor = library.symbols.socket(AF[this.#family], type, options.protocol);
    if (this.#descriptor < 0) throw this.#failure("open a raw socket on");
    try {
      this.#set(SOL_SOCKET, SO_BINDTODEVICE, new TextEncoder().encode(`${options.device}\0`));
      if (this.#family === "ipv4") this.#prepareIpv4();
      else this.#prepareIpv6();
    } catch (error) {
      this[Symbol.dispose]();
      throw error;
    }
  }

  /** Its descriptor, to wait for. */
  get descriptor(): number {
    return this.#descriptor;
  }

  /**
   * Sends a packet, which starts with its header.
   *
   * @throws {LvsctlError} If the kernel refuses it.
   */
  send(packet: Uint8Array<ArrayBuffer>, destination: IpAddress): void {
    const to = this.#socketAddress(destination);
    const sent = this.#library.symbols.sendto(this.#descriptor, packet, BigInt(packet.length), 0, to, to.length);
    // A full queue loses one packet, as a link does.
    if (sent >= 0n || errnoOf(this.#library) === ERRNO.EAGAIN) return;
    throw this.#failure(`send to ${destination} on`, destination);
  }

  /**
   * The next packet that waits; `undefined` if there is none, and "cut" for one that is too long.
   *
   * @throws {LvsctlError} If the interface is down or gone.
   */
  receive(): RawPacket | "cut" | undefined {
    return this.#family === "ipv4" ? this.#receiveIpv4() : this.#receiveIpv6();
  }

  /** Closes the socket; closing twice is harmless. */
  [Symbol.dispose](): void {
    if (this.#descriptor >= 0) this.#library.symbols.close(this.#descriptor);
    this.#descriptor = -1;
  }

  #receiveIpv4(): RawPacket | "cut" | undefined {
    const buffer = this.#packet;
    const count = Number(this.#library.symbols.recv(this.#descriptor, buffer, BigInt(buffer.length), MSG_TRUNC));
    if (count < 0) return this.#nothing();
    return count > buffer.length ? "cut" : { family: "ipv4", packet: buffer.subarray(0, count) };
  }

  #receiveIpv6(): RawPacket | "cut" | undefined {
    this.#buffers.reset();
    const count = Number(this.#library.symbols.recvmsg(this.#descriptor, this.#buffers.header, MSG_TRUNC));
    if (count < 0) return this.#nothing();
    const parts = this.#buffers.parts(count);
    if (parts?.destination === undefined || parts.hopLimit === undefined) return "cut";
    const { message, source, destination, hopLimit } = parts;
    const ends = { source: addressFromBytes(source), destination: addressFromBytes(destination) };
    return { family: "ipv6", message, hopLimit, ...ends };
  }

  #nothing(): undefined {
    if (errnoOf(this.#library) === ERRNO.EAGAIN) return undefined;
    throw this.#failure("receive on");
  }

  #prepareIpv4(): void {
    const { group, index, joins = true } = this.#options;
    const request = new Uint8Array(12);
    request.set(addressBytes(group));
    new DataView(request.buffer).setInt32(8, index, true);
    const anyAddress = request.slice().fill(0, 0, 4);
    this.#set(IPPROTO_IP, IP.headerIncluded, ON);
    this.#set(IPPROTO_IP, IP.multicastLoop, OFF);
    this.#set(IPPROTO_IP, IP.multicastInterface, anyAddress);
    if (joins) this.#set(IPPROTO_IP, IP.addMembership, request);
  }

  #prepareIpv6(): void {
    const { group, index, joins = true } = this.#options;
    const request = new Uint8Array(20);
    request.set(addressBytes(group));
    new DataView(request.buffer).setInt32(16, index, true);
    this.#set(IPPROTO_IPV6, IPV6.headerIncluded, ON);
    this.#set(IPPROTO_IPV6, IPV6.multicastLoop, OFF);
    this.#set(IPPROTO_IPV6, IPV6.multicastInterface, request.slice(16));
    this.#set(IPPROTO_IPV6, IPV6.packetInfo, ON);
    this.#set(IPPROTO_IPV6, IPV6.hopLimit, ON);
    if (joins) this.#set(IPPROTO_IPV6, IPV6.joinGroup, request);
  }

  #set(level: number, name: number, value: Uint8Array<ArrayBuffer>): void {
    const result = this.#library.symbols.setsockopt(this.#descriptor, level, name, value, value.length);
    if (result < 0) throw this.#failure("open a raw socket on");
  }

  /** An address as struct sockaddr_in or sockaddr_in6. */
  #socketAddress(address: IpAddress): Uint8Array<ArrayBuffer> {
    const isIpv4 = this.#family === "ipv4";
    const bytes = new Uint8Array(isIpv4 ? 16 : 28);
    const view = new DataView(bytes.buffer);
    view.setUint16(0, AF[this.#family], true);
    bytes.set(addressBytes(address), isIpv4 ? 4 : 8);
    if (!isIpv4) view.setUint32(24, this.#options.index, true);
    return bytes;
  }

  #failure(operation: string, destination?: IpAddress): LvsctlError {
    return rawFailure(this.#library, { operation, object: this.#options.device, destination });
  }
}

const ON = Uint8Array.of(1, 0, 0, 0);
const OFF = Uint8Array.of(0, 0, 0, 0);
