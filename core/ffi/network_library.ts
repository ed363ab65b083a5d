import { NETWORK_SYMBOLS } from "./network_symbols.ts";

const LIBRARY = "libc.so.6";

/** Constants of asm-generic/socket.h. */
const SOL_SOCKET = 1;
const SO_ERROR = 4;

/** libc's functions for sockets, and the errno of this thread. */
export class NetworkLibrary implements Disposable {
  readonly #library = Deno.dlopen(LIBRARY, NETWORK_SYMBOLS);
  /** The functions. */
  readonly symbols: Deno.DynamicLibrary<typeof NETWORK_SYMBOLS>["symbols"] = this.#library.symbols;
  /** An option that is switched on. */
  readonly one: Uint8Array<ArrayBuffer> = new Uint8Array(Uint32Array.of(1).buffer);
  readonly #value = new Uint8Array(4);
  readonly #valueView = new DataView(this.#value.buffer);
  readonly #length = new Uint8Array(Uint32Array.of(4).buffer);
  /** The errno of this thread: an isolate stays on its thread. */
  readonly #errno: Int32Array;

  /** Opens libc. */
  constructor() {
    const location = this.#library.symbols.__errno_location();
    this.#errno = location === null
      ? new Int32Array(1)
      : new Int32Array(Deno.UnsafePointerView.getArrayBuffer(location, 4));
  }

  /** The errno of the last call that failed. */
  get errno(): number {
    return this.#errno[0] ?? 0;
  }

  /** The errno of a connection attempt that has ended; 0 if the socket is connected. */
  connectErrno(descriptor: number): number {
    this.symbols.getsockopt(descriptor, SOL_SOCKET, SO_ERROR, this.#value, this.#length);
    return this.#valueView.getInt32(0, true);
  }

  /** Closes the library. */
  [Symbol.dispose](): void {
    this.#library.close();
  }
}
