import { OPEN_HANDLES } from "./open_handles.ts";
import { INT_IN_STRUCT } from "./symbols.ts";

const LIBRARY = "libc.so.6";

/** Constants of sys/socket.h and netinet/in.h. */
const AF_INET = 2;
const SOCK_DGRAM_CLOEXEC = 2 | 0x80000;
const IPPROTO_IP = 0;

const SYMBOLS = {
  /** `int socket(int domain, int type, int protocol)` */
  socket: {
    parameters: [INT_IN_STRUCT, /* int domain */ "i32", /* int type */ "i32" /* int protocol */],
    result: "i32",
  },
  /** `int getsockopt(int fd, int level, int name, void *value, socklen_t *length)` */
  getsockopt: {
    parameters: [
      INT_IN_STRUCT, /* int fd */
      "i32", /* int level */
      "i32", /* int name */
      "buffer", /* void *value */
      "buffer", /* socklen_t *length */
    ],
    result: "i32",
  },
  /** `int close(int fd)` */
  close: { parameters: [INT_IN_STRUCT /* int fd */], result: "i32" },
} as const satisfies Deno.ForeignLibraryInterface;

/**
 * An IPv4 socket for options of the kernel (getsockopt(2) at the level IPPROTO_IP). It belongs to the network namespace
 * in which it is opened.
 */
export class OptionSocket implements Disposable {
  readonly #library = Deno.dlopen(LIBRARY, SYMBOLS);
  readonly #descriptor = Int32Array.of(AF_INET);
  readonly #length = new Uint32Array(1);

  /** Opens libc and the socket; without a socket, no option can be read. */
  constructor() {
    this.#descriptor[0] = this.#library.symbols.socket(this.#descriptor, SOCK_DGRAM_CLOEXEC, IPPROTO_IP);
    OPEN_HANDLES.optionSockets++;
  }

  /**
   * Reads an option.
   *
   * @param option Its number.
   * @param buffer The request, which the answer replaces.
   * @param options.length Bytes of both.
   * @returns Whether the kernel has answered.
   */
  read(option: number, buffer: Uint8Array<ArrayBuffer>, { length }: { readonly length: number }): boolean {
    if (length > buffer.length) throw new RangeError(`The buffer has ${buffer.length} bytes, not ${length}`);
    this.#length[0] = length;
    return this.#library.symbols.getsockopt(this.#descriptor, IPPROTO_IP, option, buffer, this.#length) === 0;
  }

  /** Closes the socket; closing twice is harmless. */
  [Symbol.dispose](): void {
    if (this.#descriptor[0] === CLOSED) return;
    if (this.#descriptor[0] !== NONE) this.#library.symbols.close(this.#descriptor);
    this.#descriptor[0] = CLOSED;
    OPEN_HANDLES.optionSockets--;
    this.#library.close();
  }
}

/** Numbers that no socket has: the system's for a failure, and one for a socket that was closed. */
const NONE = -1;
const CLOSED = -2;
