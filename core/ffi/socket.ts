import { LvsctlError } from "../errors/mod.ts";
import { ERRNO, type Transport, TransportError } from "../netlink/mod.ts";
import { OPEN_HANDLES } from "./open_handles.ts";
import { DatagramBuffers } from "./datagram_buffers.ts";
import { MESSAGE_SYMBOLS, SOCKET_SYMBOLS } from "./symbols.ts";

const LIBRARY = "libnl-genl-3.so.200";

/** Receives without waiting, because the kernel queues its answer before the request's send returns (sys/socket.h). */
const MSG_DONTWAIT = 0x40;

/** Makes `recvmmsg` return each datagram's real length, which reveals one that was cut off (sys/socket.h). */
const MSG_TRUNC = 0x20;

/** Requested size of both buffers; the kernel grants what net.core.rmem_max allows, and batches fit the default. */
const SOCKET_BUFFER_BYTES = 1 << 20;

/** Netlink protocols (linux/netlink.h). */
const NETLINK = { route: 0, generic: 16 } as const;

/** libnl's error "object not found" (netlink/errno.h). */
const NLE_OBJ_NOTFOUND = 12;

type SocketLibrary = Deno.DynamicLibrary<typeof SOCKET_SYMBOLS>;

/** libnl's netlink socket. */
export class NetlinkSocket implements Transport {
  readonly #library: SocketLibrary;
  /** `struct nl_sock *` and the number of its file, as the functions take them. */
  readonly #socket = new BigUint64Array(1);
  readonly #descriptor = new Int32Array(1);
  readonly #errno: Deno.UnsafePointerView;
  readonly #buffers = new DatagramBuffers();
  /** Number of datagrams of the last call, and how many of them were returned. */
  #received = 0;
  #returned = 0;
  #open = true;

  /**
   * Opens libnl and connects a socket.
   *
   * @param protocol Netlink protocol.
   * @throws {LvsctlError} If the library is missing or the kernel gives no socket.
   */
  constructor(protocol: keyof typeof NETLINK = "generic") {
    this.#library = openLibrary();
    const { symbols } = this.#library;
    const socket = symbols.nl_socket_alloc(this.#socket);
    const errno = symbols.__errno_location(this.#socket);
    if (socket === null || errno === null) {
      this.#library.close();
      throw new LvsctlError("out of memory", { operation: "open a netlink socket", errno: "ENOMEM" });
    }
    this.#socket[0] = Deno.UnsafePointer.value(socket);
    this.#errno = new Deno.UnsafePointerView(errno);
    OPEN_HANDLES.netlinkSockets++;
    const status = symbols.nl_connect(this.#socket, NETLINK[protocol]);
    if (status < 0) {
      const reason = errorText(status);
      this.close();
      throw new LvsctlError(reason, { operation: "open a netlink socket" });
    }
    symbols.nl_socket_set_buffer_size(this.#socket, SOCKET_BUFFER_BYTES, SOCKET_BUFFER_BYTES);
    this.#descriptor[0] = symbols.nl_socket_get_fd(this.#socket);
  }

  /**
   * Looks up the number of a generic-netlink family; `undefined` if the kernel has no family of that name.
   *
   * @throws {LvsctlError} If the kernel refuses the request.
   */
  resolveFamily(name: string): number | undefined {
    const family = this.#library.symbols.genl_ctrl_resolve(this.#socket, new TextEncoder().encode(`${name}\0`));
    if (family >= 0) return family;
    if (family === -NLE_OBJ_NOTFOUND) return undefined;
    throw new LvsctlError(errorText(family), { operation: "find the netlink family", object: name });
  }

  /** Sends one datagram; see {@linkcode Transport.send}. */
  send(datagram: Uint8Array): void {
    if (!this.#open) throw new TransportError("send", ERRNO.EBADF);
    // Deno accepts only views of an ArrayBuffer, and the writer's bytes always are one.
    const buffer = datagram as Uint8Array<ArrayBuffer>;
    const sent = this.#library.symbols.nl_sendto(this.#socket, buffer, BigInt(buffer.length));
    if (sent < 0) throw new TransportError("send", this.#errno.getInt32());
  }

  /** Receives the next datagram; see {@linkcode Transport.receive}. */
  receive(): Uint8Array {
    if (this.#returned === this.#received) {
      const { headers, count } = this.#buffers;
      const flags = MSG_DONTWAIT | MSG_TRUNC;
      this.#returned = 0;
      this.#received = 0;
      const received = this.#library.symbols.recvmmsg(this.#descriptor, headers, count, flags, null);
      if (received < 0) throw new TransportError("receive", this.#errno.getInt32());
      this.#received = received;
    }
    const datagram = this.#buffers.datagram(this.#returned++);
    if (datagram === undefined) throw new TransportError("receive", ERRNO.EMSGSIZE);
    return datagram;
  }

  /** Closes socket and library; closing twice is harmless. */
  close(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#library.symbols.nl_socket_free(this.#socket);
    OPEN_HANDLES.netlinkSockets--;
    this.#library.close();
  }

  /** Closes the socket. */
  [Symbol.dispose](): void {
    this.close();
  }
}

/** libnl's text for an error. */
function errorText(status: number): string {
  const library = Deno.dlopen(LIBRARY, MESSAGE_SYMBOLS);
  try {
    const text = library.symbols.nl_geterror(status);
    return text === null ? `libnl error ${-status}` : new Deno.UnsafePointerView(text).getCString();
  } finally {
    library.close();
  }
}

function openLibrary(): SocketLibrary {
  try {
    return Deno.dlopen(LIBRARY, SOCKET_SYMBOLS);
  } catch (cause) {
    throw new LvsctlError(`cannot load ${LIBRARY}`, {
      operation: "talk to the kernel",
      hint: "install it with: apt-get install libnl-genl-3-200",
      kind: "no-libnl",
      cause,
    });
  }
}
