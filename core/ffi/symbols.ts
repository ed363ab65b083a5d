/**
 * Every C function that lvsctl calls, in one literal. Opening libnl-genl-3 resolves the functions of libnl-3 and of
 * libc too, for it is linked against both.
 *
 * Each symbol costs about 55 microseconds when the library is opened: keep to what every command needs.
 */
export const SOCKET_SYMBOLS = {
  /** `struct nl_sock *nl_socket_alloc(void)` */
  nl_socket_alloc: { parameters: [], result: "pointer" },
  /** `void nl_socket_free(struct nl_sock *sk)`: closes it too. */
  nl_socket_free: { parameters: ["pointer" /* struct nl_sock *sk */], result: "void" },
  /** `int genl_connect(struct nl_sock *sk)` */
  genl_connect: { parameters: ["pointer" /* struct nl_sock *sk */], result: "i32" },
  /** `int genl_ctrl_resolve(struct nl_sock *sk, const char *name)` */
  genl_ctrl_resolve: {
    parameters: ["pointer", /* struct nl_sock *sk */ "buffer" /* const char *name */],
    result: "i32",
  },
  /** `int nl_socket_set_buffer_size(struct nl_sock *sk, int rxbuf, int txbuf)` */
  nl_socket_set_buffer_size: {
    parameters: ["pointer", /* struct nl_sock *sk */ "i32", /* int rxbuf */ "i32" /* int txbuf */],
    result: "i32",
  },
  /** `int nl_socket_get_fd(const struct nl_sock *sk)` */
  nl_socket_get_fd: { parameters: ["pointer" /* const struct nl_sock *sk */], result: "i32" },
  /** `int nl_sendto(struct nl_sock *sk, void *buf, size_t size)` */
  nl_sendto: {
    parameters: ["pointer", /* struct nl_sock *sk */ "buffer", /* void *buf */ "usize" /* size_t size */],
    result: "i32",
  },
  /** `const char *nl_geterror(int error)` */
  nl_geterror: { parameters: ["i32" /* int error */], result: "pointer" },
  /** `ssize_t recv(int fd, void *buf, size_t size, int flags)` */
  recv: {
    parameters: ["i32", /* int fd */ "buffer", /* void *buf */ "usize", /* size_t size */ "i32" /* int flags */],
    result: "isize",
  },
  /** `int *__errno_location(void)` */
  __errno_location: { parameters: [], result: "pointer" },
} as const satisfies Deno.ForeignLibraryInterface;
