import { LvsctlError } from "../errors/mod.ts";
import { describeKind, openKernelFile } from "../files/mod.ts";
import { errnoName } from "../netlink/mod.ts";
import { waitTime } from "./wait_time.ts";

const LIBRARY = "libc.so.6";

/** Constants of asm-generic/fcntl.h: reading without waiting, without a controlling terminal, closed by exec. */
const O_RDONLY_NONBLOCK_NOCTTY_CLOEXEC = 0x800 | 0x100 | 0x80000;

/** Constants of poll.h. */
const POLLOUT = 4;
const POLLERR = 8;
const POLLHUP = 0x10;
const POLLNVAL = 0x20;

const SYMBOLS = {
  /** `int open(const char *path, int flags)` */
  open: { parameters: ["buffer", /* const char *path */ "i32" /* int flags */], result: "i32" },
  /** `int close(int fd)` */
  close: { parameters: ["i32" /* int fd */], result: "i32" },
  /** `int poll(struct pollfd *fds, nfds_t count, int timeout)`: milliseconds. */
  poll: {
    parameters: ["buffer", /* struct pollfd *fds */ "u64", /* nfds_t count */ "i32" /* int timeout */],
    result: "i32",
  },
  /** `int *__errno_location(void)` */
  __errno_location: { parameters: [], result: "pointer" },
} as const satisfies Deno.ForeignLibraryInterface;

type Library = Deno.DynamicLibrary<typeof SYMBOLS>;

/** Calls on files that never wait; Deno's own do. libc is opened for the first call. */
export class FileCalls implements Disposable {
  #library: Library | undefined;

  /**
   * Opens a regular file or a directory for reading. Anything else is closed again: a named pipe without a writer, or a
   * device that is not ready, would make Deno wait.
   *
   * Throws the system's errors if the path cannot be found.
   *
   * @throws {LvsctlError} If the system refuses, or the path leads to anything else.
   */
  openForReading(path: string): Deno.FsFile {
    const { symbols } = this.#open();
    const descriptor = symbols.open(new TextEncoder().encode(`${path}\0`), O_RDONLY_NONBLOCK_NOCTTY_CLOEXEC);
    if (descriptor < 0) throw this.#failure(path);
    try {
      // The open file by its number, because the path may lead to another one by now.
      const same = `/proc/self/fd/${descriptor}`;
      const info = Deno.statSync(same);
      if (info.isFile || info.isDirectory) return openKernelFile(same);
      throw new LvsctlError(`it is ${describeKind(info)}, not a regular file`, { operation: "read", object: path });
    } finally {
      symbols.close(descriptor);
    }
  }

  /**
   * Whether a write of up to 4096 bytes to an open file returns at once, even if it fails.
   *
   * @param descriptor The number of the open file.
   * @param options.waitMs Longest wait for that; milliseconds, rounded up.
   */
  canWrite(descriptor: number, options: { readonly waitMs?: number } = {}): boolean {
    const table = new DataView(new ArrayBuffer(8));
    table.setInt32(0, descriptor, true);
    table.setInt16(4, POLLOUT, true);
    const count = this.#open().symbols.poll(new Uint8Array(table.buffer), 1n, waitTime(options.waitMs ?? 0));
    return count > 0 && (table.getInt16(6, true) & (POLLOUT | POLLERR | POLLHUP | POLLNVAL)) !== 0;
  }

  /** Closes the library. */
  [Symbol.dispose](): void {
    this.#library?.close();
    this.#library = undefined;
  }

  #open(): Library {
    return this.#library ??= Deno.dlopen(LIBRARY, SYMBOLS);
  }

  #failure(path: string): LvsctlError {
    const location = this.#open().symbols.__errno_location();
    const errno = location === null ? 0 : new Deno.UnsafePointerView(location).getInt32();
    // Deno's own error, if the path itself is the reason.
    Deno.statSync(path);
    return new LvsctlError("the system refuses it", { operation: "read", object: path, errno: errnoName(errno) });
  }
}
