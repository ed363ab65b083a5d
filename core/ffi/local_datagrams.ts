import { ERRNO } from "../netlink/mod.ts";
import { SocketFailure } from "./socket_failure.ts";

const LIBRARY = "libc.so.6";

/** Constants of sys/socket.h. */
const AF_UNIX = 1;
const SOCK_DGRAM = 2;
const SOCK_NONBLOCK = 0x800;
const SOCK_CLOEXEC = 0x80000;
const MSG_NOSIGNAL = 0x4000;

/** Bytes of `sun_path` in struct sockaddr_un (sys/un.h). */
const PATH_BYTES = 108;

const SYMBOLS = {
  /** `int socket(int domain, int type, int protocol)` */
  socket: { parameters: ["i32", "i32", "i32"], result: "i32" },
  /** `ssize_t sendto(int fd, const void *buf, size_t size, int flags, const struct sockaddr *addr, socklen_t length)` */
  sendto: { parameters: ["i32", "buffer", "usize", "i32", "buffer", "u32"], result: "isize" },
  /** `int close(int fd)` */
  close: { parameters: ["i32"], result: "i32" },
  /** `int *__errno_location(void)` */
  __errno_location: { parameters: [], result: "pointer" },
} as const satisfies Deno.ForeignLibraryInterface;

type Library = Deno.DynamicLibrary<typeof SYMBOLS>;

/**
 * Datagrams to sockets in the file system and in the abstract namespace, for syslog and systemd. Deno has such sockets
 * behind an unstable flag only.
 *
 * Each datagram has its own socket, so that a restart of the receiver needs no reconnection. libc is opened for the
 * first datagram.
 */
export class LocalDatagrams implements Disposable {
  #library: Library | undefined;

  /**
   * Sends a datagram without waiting.
   *
   * @param path Path of the socket; with "@" as its first character, a name in the abstract namespace (unix(7)).
   * @param bytes The datagram.
   * @throws {SocketFailure} Without a receiver (ECONNREFUSED, ENOENT), if the receiver is too slow (EAGAIN), if the
   * datagram or the path is too long (EMSGSIZE, ENAMETOOLONG), or without permission (EACCES).
   */
  send(path: string, bytes: Uint8Array): void {
    const address = socketAddress(path);
    this.#library ??= Deno.dlopen(LIBRARY, SYMBOLS);
    const { symbols } = this.#library;
    const descriptor = symbols.socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (descriptor < 0) throw this.#failure("open a socket");
    try {
      const view = bytes as Uint8Array<ArrayBuffer>;
      const count = symbols.sendto(descriptor, view, BigInt(view.length), MSG_NOSIGNAL, address, address.length);
      if (count < 0) throw this.#failure(`send to ${path}`);
    } finally {
      symbols.close(descriptor);
    }
  }

  /** Closes the library. */
  [Symbol.dispose](): void {
    this.#library?.close();
    this.#library = undefined;
  }

  #failure(operation: string): SocketFailure {
    const location = this.#library?.symbols.__errno_location() ?? null;
    const errno = location === null ? 0 : new Deno.UnsafePointerView(location).getInt32();
    return new SocketFailure(operation, { errno, isLocal: true });
  }
}

/** The path of a socket as struct sockaddr_un. */
function socketAddress(path: string): Uint8Array<ArrayBuffer> {
  const isAbstract = path.startsWith("@");
  // An abstract name starts with a null byte and ends with the address; a path ends with a null byte.
  const name = new TextEncoder().encode(isAbstract ? `\0${path.slice(1)}` : `${path}\0`);
  if (name.length > PATH_BYTES) {
    throw new SocketFailure(`send to ${path}`, { errno: ERRNO.ENAMETOOLONG, isLocal: true });
  }
  const bytes = new Uint8Array(2 + name.length);
  new DataView(bytes.buffer).setUint16(0, AF_UNIX, true);
  bytes.set(name, 2);
  return bytes;
}
