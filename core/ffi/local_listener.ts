import { LvsctlError } from "../errors/mod.ts";
import { errnoName } from "../netlink/mod.ts";
import { errnoOf, type RawLibrary } from "./raw_library.ts";

/** Constants of sys/socket.h and sys/un.h. */
const AF_UNIX = 1;
const SOCK_STREAM = 1;
const SOCK_NONBLOCK = 0x800;
const SOCK_CLOEXEC = 0x80000;
const LONGEST_PATH = 107;

/** Connections that wait. */
const BACKLOG = 4;

/** Mode of the socket: only its owner connects. */
const MODE = 0o600;

/** A local stream socket that other processes connect to, for a loop that waits in `poll`. */
export class LocalListener implements Disposable {
  /** Its descriptor, to wait for. */
  readonly descriptor: number;
  readonly #library: RawLibrary;
  readonly #path: string;
  /** The number of its file: another process may have replaced it. */
  readonly #inode: number | null;

  /**
   * Listens at a path; a socket that a killed process has left there is replaced.
   *
   * @param library libc.
   * @param path The path.
   * @throws {LvsctlError} If the path is too long, or the kernel refuses.
   */
  constructor(library: RawLibrary, path: string) {
    this.#library = library;
    this.#path = path;
    const bytes = new TextEncoder().encode(path);
    if (bytes.length > LONGEST_PATH) {
      throw new LvsctlError(`the path has more than ${LONGEST_PATH} bytes`, { operation: "listen at", object: path });
    }
    const { symbols } = library;
    this.descriptor = symbols.socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (this.descriptor < 0) throw this.#failure();
    const address = new Uint8Array(2 + bytes.length + 1);
    new DataView(address.buffer).setUint16(0, AF_UNIX, true);
    address.set(bytes, 2);
    try {
      removeSocket(path);
      if (symbols.bind(this.descriptor, address, address.length) < 0) throw this.#failure();
      // Before it listens, so that nothing can connect earlier.
      Deno.chmodSync(path, MODE);
      if (symbols.listen(this.descriptor, BACKLOG) < 0) throw this.#failure();
      this.#inode = inodeOf(path) ?? null;
    } catch (error) {
      symbols.close(this.descriptor);
      throw error;
    }
  }

  /** The descriptor of the next connection; undefined if none waits. */
  accept(): number | undefined {
    const descriptor = this.#library.symbols.accept4(this.descriptor, null, null, SOCK_NONBLOCK | SOCK_CLOEXEC);
    return descriptor < 0 ? undefined : descriptor;
  }

  /** Closes the socket and removes it. */
  [Symbol.dispose](): void {
    this.#library.symbols.close(this.descriptor);
    if (inodeOf(this.#path) === this.#inode) removeSocket(this.#path);
  }

  #failure(): LvsctlError {
    const errno = errnoName(errnoOf(this.#library));
    return new LvsctlError("the kernel refuses it", { operation: "listen at", object: this.#path, errno });
  }
}

function inodeOf(path: string): number | null | undefined {
  try {
    return Deno.lstatSync(path).ino;
  } catch {
    return undefined;
  }
}

function removeSocket(path: string): void {
  try {
    if (Deno.lstatSync(path).isSocket === true) Deno.removeSync(path);
  } catch {
    // It usually does not exist; otherwise bind() reports it.
  }
}
