import { LvsctlError } from "../errors/mod.ts";
import { ERRNO, errnoName } from "../netlink/mod.ts";
import { AF_PACKET, LINK_ADDRESS_LENGTH, linkAddress } from "./link_address.ts";
import { PACKET_SYMBOLS } from "./symbols.ts";
import { waitTime } from "./wait_time.ts";

const LIBRARY = "libc.so.6";

/** Constants of sys/socket.h, linux/if_packet.h and poll.h. */
const SOCK_RAW = 3;
const SOCK_CLOEXEC = 0x80000;
const MSG_DONTWAIT = 0x40;
const POLLIN = 1;

/** Length to which received frames are cut off; ARP and neighbour discovery need less. */
const RECEIVE_BYTES = 2048;

/** Interface and kind of frames of a {@linkcode PacketSocket}. */
export interface PacketSocketOptions {
  /** Number of the interface. */
  readonly index: number;
  /** Name of the interface, for messages. */
  readonly device: string;
  /** Protocol of the received frames, as in their header. */
  readonly type: number;
  /** Prepares the socket, by its descriptor, before it receives frames. */
  readonly prepare?: (descriptor: number) => void;
}

/** Whole frames on one interface (AF_PACKET). The socket opens libc. */
export class PacketSocket implements Disposable {
  readonly #library: Deno.DynamicLibrary<typeof PACKET_SYMBOLS>;
  readonly #device: string;
  readonly #buffer = new Uint8Array(RECEIVE_BYTES);
  #descriptor = -1;

  /**
   * Opens a socket on an interface.
   *
   * @param options The interface.
   * @throws {LvsctlError} Without permission, or without such an interface.
   */
  constructor(options: PacketSocketOptions) {
    this.#device = options.device;
    this.#library = Deno.dlopen(LIBRARY, PACKET_SYMBOLS);
    try {
      // With protocol 0, because a socket must not receive frames before it is bound to the interface.
      this.#descriptor = this.#library.symbols.socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
      if (this.#descriptor < 0) throw this.#failure("open a packet socket");
      options.prepare?.(this.#descriptor);
      const bound = this.#library.symbols.bind(this.#descriptor, linkAddress(options), LINK_ADDRESS_LENGTH);
      if (bound < 0) throw this.#failure("open a packet socket");
    } catch (error) {
      this[Symbol.dispose]();
      throw error;
    }
  }

  /**
   * Sends a whole frame.
   *
   * @throws {LvsctlError} If the interface refuses it.
   */
  send(frame: Uint8Array<ArrayBuffer>): void {
    const sent = this.#library.symbols.send(this.#descriptor, frame, BigInt(frame.length), 0);
    if (sent < 0n) throw this.#failure("send");
  }

  /**
   * Receives the next frame from another host.
   *
   * @param timeoutMs Time to wait for a frame; milliseconds.
   * @returns A view that is valid until the next call; `undefined` if no frame arrived.
   * @throws {LvsctlError} If the interface went down.
   */
  receive(timeoutMs: number): Uint8Array | undefined {
    const poll = new Uint8Array(8);
    const view = new DataView(poll.buffer);
    view.setInt32(0, this.#descriptor, true);
    view.setInt16(4, POLLIN, true);
    // An interruption counts as a timeout, because no frame arrived.
    if (this.#library.symbols.poll(poll, 1n, waitTime(timeoutMs)) <= 0) return undefined;
    const buffer = this.#buffer;
    const length = this.#library.symbols.recv(this.#descriptor, buffer, BigInt(buffer.length), MSG_DONTWAIT);
    if (length < 0n) {
      if (this.#errno() === ERRNO.EAGAIN) return undefined;
      throw this.#failure("receive");
    }
    return buffer.subarray(0, Number(length));
  }

  /** Closes the socket. */
  [Symbol.dispose](): void {
    if (this.#descriptor >= 0) this.#library.symbols.close(this.#descriptor);
    this.#descriptor = -1;
    this.#library.close();
  }

  #errno(): number {
    const location = this.#library.symbols.__errno_location();
    return location === null ? 0 : new Deno.UnsafePointerView(location).getInt32();
  }

  #failure(operation: string): LvsctlError {
    const errno = this.#errno();
    const isPermission = errno === ERRNO.EPERM;
    return new LvsctlError(isPermission ? "permission denied" : "the interface refuses it", {
      operation,
      object: `on ${this.#device}`,
      errno: errnoName(errno),
      hint: isPermission ? "run as root (it needs CAP_NET_RAW)" : `bring it up with "ip link set ${this.#device} up"`,
    });
  }
}
