import { LvsctlError } from "../errors/mod.ts";
import { ERRNO, errnoName } from "../netlink/mod.ts";
import type { RAW_SYMBOLS } from "./raw_symbols.ts";

/** libc with the functions of {@linkcode RAW_SYMBOLS}. */
export type RawLibrary = Deno.DynamicLibrary<typeof RAW_SYMBOLS>;

/** The errno of the last call. */
export function errnoOf({ symbols }: RawLibrary): number {
  const location = symbols.__errno_location();
  return location === null ? 0 : new Deno.UnsafePointerView(location).getInt32();
}

/** What failed. */
export interface FailedCall {
  /** The operation, as a verb phrase. */
  readonly operation: string;
  /** Its object. */
  readonly object: string;
  /** The destination of a packet; undefined for other operations. */
  readonly destination?: string | undefined;
}

/** The error of the last call. */
export function rawFailure(library: RawLibrary, call: FailedCall): LvsctlError {
  return failureOf(errnoOf(library), call);
}

/** The error of a call with this errno. */
export function failureOf(errno: number, { operation, object, destination }: FailedCall): LvsctlError {
  const { reason, hint } = destination === undefined ? describeErrno(errno) : describeSending(errno, destination);
  return new LvsctlError(reason, { operation, object, errno: errnoName(errno), hint });
}

interface Description {
  readonly reason: string;
  readonly hint: string;
}

function describeErrno(errno: number): Description {
  return errno === ERRNO.EPERM
    ? { reason: "permission denied", hint: "run as root (it needs CAP_NET_RAW)" }
    : { reason: "the kernel refuses it", hint: 'see "ip link" and "ip address"' };
}

/** The socket is open already, so that a missing permission is the one of a packet filter. */
function describeSending(errno: number, destination: string): Description {
  switch (errno) {
    case ERRNO.EPERM:
      return { reason: "a packet filter of this machine drops it", hint: "let it pass packets of protocol 112 (vrrp)" };
    case ERRNO.EMSGSIZE:
      return {
        reason: "the packet is longer than the interface allows",
        hint: "raise its MTU, or move some of the addresses to another instance or to vips_excluded on all directors",
      };
    case ERRNO.ENETUNREACH:
    case ERRNO.EHOSTUNREACH:
      return { reason: "there is no route", hint: `see "ip route get ${destination}"` };
    default:
      return describeErrno(errno);
  }
}
