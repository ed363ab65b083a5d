import { addressFromBytes, type IpAddress } from "../model/mod.ts";

const LIBRARY = "libc.so.6";

/** Address families and socket types (sys/socket.h). */
const AF_INET = 2;
const AF_INET6 = 10;
const SOCK_STREAM = 1;

/** Offsets in `struct addrinfo` (netdb.h; the same on every 64-bit machine), and its size. */
const ADDRINFO = { family: 4, socketType: 8, address: 24, next: 40, size: 48 } as const;

/** Offsets of the address in `struct sockaddr_in` and `struct sockaddr_in6` (netinet/in.h). */
const SOCKADDR_IN = 4;
const SOCKADDR_IN6 = 8;

/** Names of the errors (netdb.h) that are useful to users. */
const ERROR_NAMES: Readonly<Record<number, string>> = {
  [-2]: "EAI_NONAME",
  [-3]: "EAI_AGAIN",
  [-4]: "EAI_FAIL",
  [-5]: "EAI_NODATA",
};

const SYMBOLS = {
  /** `int getaddrinfo(const char *node, const char *service, const struct addrinfo *hints, struct addrinfo **res)` */
  getaddrinfo: {
    parameters: [
      "buffer", /* const char *node */
      "pointer", /* const char *service */
      "buffer", /* const struct addrinfo *hints */
      "buffer", /* struct addrinfo **res */
    ],
    result: "i32",
    // A name server that does not answer blocks for many seconds.
    nonblocking: true,
  },
  /** `void freeaddrinfo(struct addrinfo *res)` */
  freeaddrinfo: { parameters: ["pointer" /* struct addrinfo *res */], result: "void" },
  /** `const char *gai_strerror(int errcode)` */
  gai_strerror: { parameters: ["i32" /* int errcode */], result: "pointer" },
} as const satisfies Deno.ForeignLibraryInterface;

type Library = Deno.DynamicLibrary<typeof SYMBOLS>;

/**
 * libc's lookup of hosts' addresses by nsswitch.conf: in /etc/hosts, by DNS, and in this machine's other sources. libc
 * is opened at the first lookup, and a lookup does not block.
 */
export class HostAddresses implements Disposable {
  #library: Library | undefined;
  /** Memory that libc uses in another thread during a lookup, and that must not be collected. */
  readonly #running = new Set<readonly ArrayBufferView[]>();

  /** All addresses of a host, of both families; or the reason why it has none. */
  async find(name: string): Promise<{ readonly addresses: readonly IpAddress[] } | { readonly failure: string }> {
    this.#library ??= Deno.dlopen(LIBRARY, SYMBOLS);
    const { getaddrinfo, freeaddrinfo, gai_strerror: explain } = this.#library.symbols;
    const hints = new Int32Array(ADDRINFO.size / Int32Array.BYTES_PER_ELEMENT);
    // Without a type, the result has each address once for every type of socket.
    hints[ADDRINFO.socketType / Int32Array.BYTES_PER_ELEMENT] = SOCK_STREAM;
    const result = new BigUint64Array(1);
    const node = new TextEncoder().encode(`${name}\0`);
    const memory = [node, hints, result];
    this.#running.add(memory);
    const status = await getaddrinfo(node, null, hints, result);
    this.#running.delete(memory);
    if (status !== 0) {
      const text = explain(status);
      const reason = text === null ? `error ${status}` : new Deno.UnsafePointerView(text).getCString();
      const code = ERROR_NAMES[status];
      return { failure: code === undefined ? reason : `${reason} (${code})` };
    }
    const list = Deno.UnsafePointer.create(result[0] ?? 0n);
    try {
      return { addresses: addressesOf(list) };
    } finally {
      freeaddrinfo(list);
    }
  }

  /** Closes the library. */
  [Symbol.dispose](): void {
    this.#library?.close();
    this.#library = undefined;
  }
}

function addressesOf(list: Deno.PointerValue): IpAddress[] {
  const addresses: IpAddress[] = [];
  for (let entry = list; entry !== null;) {
    const view = new Deno.UnsafePointerView(entry);
    const family = view.getInt32(ADDRINFO.family);
    const address = view.getPointer(ADDRINFO.address);
    if (address !== null && (family === AF_INET || family === AF_INET6)) {
      const [offset, length] = family === AF_INET ? [SOCKADDR_IN, 4] : [SOCKADDR_IN6, 16];
      addresses.push(addressFromBytes(new Uint8Array(Deno.UnsafePointerView.getArrayBuffer(address, length, offset))));
    }
    entry = view.getPointer(ADDRINFO.next);
  }
  return addresses;
}
