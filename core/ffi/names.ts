import { addressBytes, addressFromBytes, type IpAddress, type Protocol } from "../model/mod.ts";

const LIBRARY = "libc.so.6";

/** Address families (sys/socket.h). */
const AF_INET = 2;
const AF_INET6 = 10;

/** Offsets in `struct hostent` and `struct servent` (netdb.h; the same on every 64-bit machine). */
const HOSTENT = { name: 0, family: 16, addresses: 24 } as const;
const SERVENT = { name: 0, port: 16 } as const;

const NAME_SYMBOLS = {
  /** `struct hostent *gethostbyaddr(const void *addr, socklen_t len, int type)` */
  gethostbyaddr: {
    parameters: ["buffer", /* const void *addr */ "u32", /* socklen_t len */ "i32" /* int type */],
    result: "pointer",
  },
  /** `struct hostent *gethostbyname(const char *name)` */
  gethostbyname: { parameters: ["buffer" /* const char *name */], result: "pointer" },
  /** `struct servent *getservbyport(int port, const char *proto)` */
  getservbyport: { parameters: ["i32", /* int port */ "buffer" /* const char *proto */], result: "pointer" },
  /** `struct servent *getservbyname(const char *name, const char *proto)` */
  getservbyname: { parameters: ["buffer", /* const char *name */ "buffer" /* const char *proto */], result: "pointer" },
} as const satisfies Deno.ForeignLibraryInterface;

type NameLibrary = Deno.DynamicLibrary<typeof NAME_SYMBOLS>;

/**
 * libc's lookup of host and service names by nsswitch.conf, as in every other program on the machine; Deno's own
 * resolver knows DNS only. libc is opened at the first lookup, and a lookup blocks.
 */
export class SystemNames implements Disposable {
  #library: NameLibrary | undefined;

  /** The name of the host with an address. */
  hostName(address: IpAddress): string | undefined {
    const bytes = new Uint8Array(addressBytes(address));
    const family = bytes.length === 4 ? AF_INET : AF_INET6;
    return text(this.#symbols().gethostbyaddr(bytes, bytes.length, family), HOSTENT.name);
  }

  /** The first IPv4 address of a host. */
  hostAddress(name: string): IpAddress | undefined {
    const host = this.#symbols().gethostbyname(cString(name));
    if (host === null) return undefined;
    const view = new Deno.UnsafePointerView(host);
    if (view.getInt32(HOSTENT.family) !== AF_INET) return undefined;
    const list = view.getPointer(HOSTENT.addresses);
    const first = list === null ? null : new Deno.UnsafePointerView(list).getPointer();
    if (first === null) return undefined;
    return addressFromBytes(new Uint8Array(Deno.UnsafePointerView.getArrayBuffer(first, 4)));
  }

  /** The name of the service on a port. */
  serviceName(port: number, protocol: Protocol): string | undefined {
    return text(this.#symbols().getservbyport(swapBytes(port), cString(protocol)), SERVENT.name);
  }

  /** The port of a service. */
  servicePort(name: string, protocol: Protocol): number | undefined {
    const service = this.#symbols().getservbyname(cString(name), cString(protocol));
    return service === null ? undefined : swapBytes(new Deno.UnsafePointerView(service).getInt32(SERVENT.port));
  }

  /** Closes the library. */
  [Symbol.dispose](): void {
    this.#library?.close();
    this.#library = undefined;
  }

  #symbols(): NameLibrary["symbols"] {
    this.#library ??= Deno.dlopen(LIBRARY, NAME_SYMBOLS);
    return this.#library.symbols;
  }
}

/** Converts a port between host and network byte order. */
function swapBytes(port: number): number {
  return ((port & 0xff) << 8) | ((port >>> 8) & 0xff);
}

function cString(value: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(`${value}\0`);
}

/** The name in an entry; undefined if there is none, or if it is not UTF-8. */
function text(entry: Deno.PointerValue, offset: number): string | undefined {
  const name = entry === null ? null : new Deno.UnsafePointerView(entry).getPointer(offset);
  if (name === null) return undefined;
  try {
    return new Deno.UnsafePointerView(name).getCString();
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    return undefined;
  }
}
