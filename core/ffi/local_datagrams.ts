import { ERRNO } from "../netlink/mod.ts";
import { SocketFailure } from "./network_socket.ts";

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
 * Datagrams to sockets in the file system and in the abstract namespace, as syslog and systemd take them. Deno has such
 * sockets behind an unstable flag only.
 *
 * Each is sent by a socket of its own, so that nothing has to be noticed and opened again when who listens is started
 * again. libc is opened with the first.
 */
export class LocalDatagrams implements Disposable {
  #library: Library | undefined;

  /**
   * Sends a datagram, without ever waiting.
   *
   * @param path Of the socket; "@" as its first character stands for the abstract namespace (unix(7)).
   * @param bytes What is sent.
   * @throws {SocketFailure} If nobody listens (ECONNREFUSED, ENOENT), who listens does not keep up (EAGAIN), the
   * datagram or the path is too long (EMSGSIZE, ENAMETOOLONG), or it is forbidden (EACCES).
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
  // The name of an abstract socket begins with a null byte and ends with the address; a path ends with one.
  const name = new TextEncoder().encode(isAbstract ? `\0${path.slice(1)}` : `${path}\0`);
  if (name.length > PATH_BYTES) {
    throw new SocketFailure(`send to ${path}`, { errno: ERRNO.ENAMETOOLONG, isLocal: true });
  }
  const bytes = new Uint8Array(2 + name.length);
  new DataView(bytes.buffer).setUint16(0, AF_UNIX, true);
  bytes.set(name, 2);
  return bytes;
}
