import { LvsctlError } from "../errors/mod.ts";
import type { AddressFamily } from "../model/mod.ts";
import {
  type AttributeTable,
  decodeAttributes,
  ERRNO,
  errnoName,
  GenericConnection,
  KernelError,
  type Transport,
  TransportError,
} from "../netlink/mod.ts";

/** Name of the generic-netlink family, which exists once the module fou is loaded. */
export const FOU_GENL_NAME = "fou";
const FOU_GENL_VERSION = 1;

/** Commands (linux/fou.h). */
const FOU_CMD = { ADD: 1, DEL: 2, GET: 3 } as const;

/** Content of the UDP packets of a port (FOU_ENCAP_): one configured protocol, or the one in their GUE header. */
const FOU_ENCAP = { DIRECT: 1, GUE: 2 } as const;

/** Address families (sys/socket.h). */
const AF = { ipv4: 2, ipv6: 10 } as const;

/** Attributes (linux/fou.h), named without FOU_ATTR_. */
const FOU = {
  port: { type: 1, kind: "be16" },
  family: { type: 2, kind: "u8" },
  encapsulation: { type: 4, kind: "u8" },
} as const satisfies AttributeTable;

/** A UDP port on which the kernel decapsulates GUE tunnels. */
export interface FouPort {
  /** Number of the port. */
  readonly port: number;
  /** Family of the outer packets. */
  readonly family: AddressFamily;
}

/** A port of the kernel's list. */
export interface ListedFouPort extends FouPort {
  /** Whether it decapsulates by the GUE header, which IPVS sends. */
  readonly isGue: boolean;
}

/**
 * The kernel's ports that decapsulate tunnels.
 *
 * Every method throws {@linkcode LvsctlError} if the kernel refuses, and `NetlinkDecodeError` if its answer cannot be
 * read.
 */
export class FouClient implements Disposable {
  readonly #connection: GenericConnection;

  /**
   * Connects over a transport; the client closes it.
   *
   * @param transport A generic-netlink socket.
   * @param options.family Number of the family on this kernel.
   */
  constructor(transport: Transport, options: { readonly family: number }) {
    this.#connection = new GenericConnection(transport, { family: options.family, version: FOU_GENL_VERSION });
  }

  /** FOU_CMD_GET: the ports of both families. */
  ports(): ListedFouPort[] {
    return this.#attempt(
      { operation: "list the ports of GUE tunnels" },
      () =>
        this.#connection.dump(() => FOU_CMD.GET, (attributes) => {
          const { port = 0, family, encapsulation } = decodeAttributes(attributes, FOU);
          const isGue = encapsulation === FOU_ENCAP.GUE;
          return { port, family: family === AF.ipv6 ? "ipv6" : "ipv4", isGue };
        }),
    );
  }

  /** FOU_CMD_ADD: decapsulates GUE on a port. */
  addPort(port: FouPort): void {
    this.#attempt({ operation: "unpack GUE on the UDP port", port }, () =>
      this.#connection.request((writer) => {
        writer.attributes(FOU, { port: port.port, family: AF[port.family], encapsulation: FOU_ENCAP.GUE });
        return FOU_CMD.ADD;
      }));
  }

  /** FOU_CMD_DEL. */
  deletePort(port: FouPort): void {
    this.#attempt(
      { operation: "stop unpacking GUE on the UDP port", port },
      () =>
        this.#connection.request((writer) => {
          writer.attributes(FOU, { port: port.port, family: AF[port.family] });
          return FOU_CMD.DEL;
        }),
    );
  }

  /** Closes the connection. */
  close(): void {
    this.#connection.close();
  }

  /** Closes the connection. */
  [Symbol.dispose](): void {
    this.close();
  }

  /** Runs a request, and converts its failure to an {@linkcode LvsctlError}. */
  #attempt<T>(request: { readonly operation: string; readonly port?: FouPort }, run: () => T): T {
    try {
      return run();
    } catch (error) {
      if (error instanceof KernelError || error instanceof TransportError) throw fouError(error, request);
      throw error;
    }
  }
}

function fouError(
  cause: KernelError | TransportError,
  { operation, port }: { readonly operation: string; readonly port?: FouPort },
): LvsctlError {
  const [reason, hint] = explain(cause.errno);
  return new LvsctlError(reason, {
    operation,
    object: port && `${port.port} over ${port.family === "ipv4" ? "IPv4" : "IPv6"}`,
    errno: errnoName(cause.errno),
    hint,
    cause,
  });
}

function explain(errno: number): readonly [reason: string, hint?: string] {
  switch (errno) {
    case ERRNO.EPERM:
      return ["permission denied", "run as root (it needs CAP_NET_ADMIN)"];
    case ERRNO.EADDRINUSE:
    case ERRNO.EALREADY:
      return ["the port is in use", '"ss -lunp" shows its program; give the director and this machine another port'];
    case ERRNO.EAFNOSUPPORT:
    case ERRNO.EPROTONOSUPPORT:
      return ["the kernel does not support this protocol", 'for IPv6, load the module as root with "modprobe fou6"'];
    case ERRNO.ENOENT:
    case ERRNO.EINVAL:
      return ["the kernel does not know this port"];
    default:
      return ["the kernel refused"];
  }
}
