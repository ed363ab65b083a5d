import { ERRNO } from "../netlink/mod.ts";
import { errnoOf, rawFailure, type RawLibrary } from "./raw_library.ts";

/** Constants of sys/socket.h. */
const AF_NETLINK = 16;
const SOCK_RAW = 3;
const SOCK_NONBLOCK = 0x800;
const SOCK_CLOEXEC = 0x80000;

/** Groups of routing netlink: links, IPv4 addresses, IPv6 addresses (linux/rtnetlink.h). */
const ROUTE_GROUPS = 0x1 | 0x10 | 0x100;

/** Bytes that are read at once. */
const READ_BYTES = 8192;

/** A socket that can be read when an interface or an address of this machine changes. */
export class InterfaceWatch implements Disposable {
  /** Its descriptor, to wait for. */
  readonly descriptor: number;
  readonly #library: RawLibrary;
  readonly #buffer = new Uint8Array(READ_BYTES);

  /**
   * Opens the socket.
   *
   * @param library libc.
   * @throws {LvsctlError} If the kernel gives no socket.
   */
  constructor(library: RawLibrary) {
    this.#library = library;
    const { symbols } = library;
    this.descriptor = symbols.socket(AF_NETLINK, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (this.descriptor < 0) throw rawFailure(library, { operation: "watch", object: "the interfaces" });
    const address = new Uint8Array(12);
    const view = new DataView(address.buffer);
    view.setUint16(0, AF_NETLINK, true);
    view.setUint32(8, ROUTE_GROUPS, true);
    if (symbols.bind(this.descriptor, address, address.length) < 0) {
      const error = rawFailure(library, { operation: "watch", object: "the interfaces" });
      symbols.close(this.descriptor);
      throw error;
    }
  }

  /** Whether something has changed since the last call. What it is must be read. */
  takeChange(): boolean {
    let isChanged = false;
    for (;;) {
      const count = this.#library.symbols.recv(this.descriptor, this.#buffer, BigInt(this.#buffer.length), 0);
      if (count > 0n) isChanged = true;
      // The kernel reports so that it lost changes.
      else if (this.#errno() === ERRNO.ENOBUFS) isChanged = true;
      else return isChanged;
    }
  }

  /** Closes the socket. */
  [Symbol.dispose](): void {
    this.#library.symbols.close(this.descriptor);
  }

  #errno(): number {
    return errnoOf(this.#library);
  }
}
