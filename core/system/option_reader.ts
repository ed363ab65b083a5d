import { OptionSocket } from "../ffi/mod.ts";
import { openKernelFile, readKernelFile } from "../files/mod.ts";
import type { OptionReader } from "../ipvs/mod.ts";

/** The kernel's options and its table in text, in the network namespace of the thread that opens it. */
export class SystemOptions implements OptionReader {
  readonly #socket = new OptionSocket();

  /** As {@linkcode OptionReader.read}. */
  read(option: number, buffer: Uint8Array<ArrayBuffer>, options: { readonly length: number }): boolean {
    return this.#socket.read(option, buffer, options);
  }

  /** The text of `/proc/net/ip_vs`, or none if no address is IPv6; `undefined` if it cannot be read. */
  table(): string | undefined {
    try {
      // Most tables have none, and to make text of a large one takes longer than to read it.
      return hasIpv6() ? readKernelFile(TABLE) : "";
    } catch {
      return undefined;
    }
  }

  /** Closes the socket; closing twice is harmless. */
  [Symbol.dispose](): void {
    this.#socket[Symbol.dispose]();
  }
}

/** Of this thread, which alone may be in another network namespace. */
const TABLE = "/proc/thread-self/net/ip_vs";

/** The kernel returns a page at once. */
const PAGE_BYTES = 4096;

const BRACKET = "[".charCodeAt(0);

/** Whether the table has an IPv6 address: only those are in brackets. */
function hasIpv6(): boolean {
  using file = openKernelFile(TABLE);
  const page = new Uint8Array(PAGE_BYTES);
  for (;;) {
    const length = file.readSync(page);
    if (length === null) return false;
    const found = page.indexOf(BRACKET);
    if (found >= 0 && found < length) return true;
  }
}
