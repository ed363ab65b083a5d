import { LvsctlError } from "../errors/mod.ts";
import { ERRNO, errnoName } from "../netlink/mod.ts";

const LIBRARY = "libc.so.6";

/** Constants of fcntl.h and sched.h. */
const O_RDONLY_CLOEXEC = 0x80000;
const CLONE_NEWNET = 0x40000000;

/** The namespace of the calling thread, which alone leaves it. */
const OWN_NAMESPACE = "/proc/thread-self/ns/net\0";

const NAMESPACE_SYMBOLS = {
  /** `int open(const char *path, int flags)` */
  open: { parameters: ["buffer", /* const char *path */ "i32" /* int flags */], result: "i32" },
  /** `int unshare(int flags)` */
  unshare: { parameters: ["i32" /* int flags */], result: "i32" },
  /** `int setns(int fd, int nstype)` */
  setns: { parameters: ["i32", /* int fd */ "i32" /* int nstype */], result: "i32" },
  /** `int close(int fd)` */
  close: { parameters: ["i32" /* int fd */], result: "i32" },
  /** `int *__errno_location(void)` */
  __errno_location: { parameters: [], result: "pointer" },
} as const satisfies Deno.ForeignLibraryInterface;

type NamespaceSymbols = Deno.DynamicLibrary<typeof NAMESPACE_SYMBOLS>["symbols"];

/**
 * Runs a function in a new network namespace, and returns to the own one. Sockets that the function opens stay in the
 * new namespace, which lasts as long as they are open.
 *
 * @param run The function; it must not wait, because only this thread changes its namespace.
 * @throws {LvsctlError} If the kernel gives no namespace, or does not let this thread return: then nothing else may run.
 */
export function inNewNetwork<T>(run: () => T): T {
  const library = Deno.dlopen(LIBRARY, NAMESPACE_SYMBOLS);
  const { symbols } = library;
  using cleanup = new DisposableStack();
  cleanup.defer(() => library.close());
  const own = symbols.open(new TextEncoder().encode(OWN_NAMESPACE), O_RDONLY_CLOEXEC);
  if (own < 0) throw failure(symbols, "open the network namespace of this process");
  cleanup.defer(() => symbols.close(own));
  if (symbols.unshare(CLONE_NEWNET) < 0) throw failure(symbols, "create a network namespace");
  cleanup.defer(() => {
    if (symbols.setns(own, CLONE_NEWNET) < 0) throw failure(symbols, "return to the own network namespace");
  });
  return run();
}

function failure(symbols: NamespaceSymbols, operation: string): LvsctlError {
  const location = symbols.__errno_location();
  const errno = location === null ? 0 : new Deno.UnsafePointerView(location).getInt32();
  return new LvsctlError(errno === ERRNO.EPERM ? "permission denied" : "the kernel refuses it", {
    operation,
    errno: errnoName(errno),
    hint: errno === ERRNO.EPERM ? "run as root; a container needs the capability SYS_ADMIN" : undefined,
  });
}
