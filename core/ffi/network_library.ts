import { NETWORK_SYMBOLS } from "./network_symbols.ts";

const LIBRARY = "libc.so.6";

/** libc's functions for sockets, and the errno of this thread. */
export class NetworkLibrary implements Disposable {
  readonly #library = Deno.dlopen(LIBRARY, NETWORK_SYMBOLS);
  /** The errno of this thread: an isolate stays on its thread. */
  readonly #errno: Int32Array;

  /** Opens libc. */
  constructor() {
    const location = this.#library.symbols.__errno_location();
    this.#errno = location === null
      ? new Int32Array(1)
      : new Int32Array(Deno.UnsafePointerView.getArrayBuffer(location, 4));
  }

  /** The functions. */
  get symbols(): Deno.DynamicLibrary<typeof NETWORK_SYMBOLS>["symbols"] {
    return this.#library.symbols;
  }

  /** The errno of the last call that failed. */
  get errno(): number {
    return this.#errno[0] ?? 0;
  }

  /** Closes the library. */
  [Symbol.dispose](): void {
    this.#library.close();
  }
}
