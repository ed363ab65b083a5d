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

/** The error of the last call. */
export function rawFailure(
  library: RawLibrary,
  { operation, object }: { readonly operation: string; readonly object: string },
): LvsctlError {
  const errno = errnoOf(library);
  const isPermission = errno === ERRNO.EPERM;
  return new LvsctlError(isPermission ? "permission denied" : "the kernel refuses it", {
    operation,
    object,
    errno: errnoName(errno),
    hint: isPermission ? "run as root (it needs CAP_NET_RAW)" : 'see "ip link" and "ip address"',
  });
}
