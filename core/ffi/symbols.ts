/**
 * A pointer that is passed as a struct of it alone: a buffer that holds it, in the machine's byte order.
 *
 * The runtime compiles a trampoline for each function without a struct among its parameters. The compiler costs a short
 * command more than its calls can win by it: half of the time to open libnl. The calling conventions (System V x86-64,
 * AAPCS64) pass such a struct in the same register as what it holds, and ignore one that the function does not take.
 */
const POINTER_IN_STRUCT = { struct: ["pointer"] } as const;
/** An `int` that is passed as {@linkcode POINTER_IN_STRUCT}, for the same reason. */
export const INT_IN_STRUCT = { struct: ["i32"] } as const;

/**
 * The C functions that every command needs. libnl-genl-3 also resolves the functions of libnl-3 and libc, because it is
 * linked against both.
 *
 * Each symbol costs about 55 microseconds when the library is opened, so that others are in tables of their own.
 */
export const SOCKET_SYMBOLS = {
  /** `struct nl_sock *nl_socket_alloc(void)` */
  nl_socket_alloc: { parameters: [POINTER_IN_STRUCT /* not taken */], result: "pointer" },
  /** `void nl_socket_free(struct nl_sock *sk)`: also closes the socket. */
  nl_socket_free: { parameters: [POINTER_IN_STRUCT /* struct nl_sock *sk */], result: "void" },
  /** `int nl_connect(struct nl_sock *sk, int protocol)` */
  nl_connect: { parameters: [POINTER_IN_STRUCT, /* struct nl_sock *sk */ "i32" /* int protocol */], result: "i32" },
  /** `int genl_ctrl_resolve(struct nl_sock *sk, const char *name)` */
  genl_ctrl_resolve: {
    parameters: [POINTER_IN_STRUCT, /* struct nl_sock *sk */ "buffer" /* const char *name */],
    result: "i32",
  },
  /** `int nl_socket_set_buffer_size(struct nl_sock *sk, int rxbuf, int txbuf)` */
  nl_socket_set_buffer_size: {
    parameters: [POINTER_IN_STRUCT, /* struct nl_sock *sk */ "i32", /* int rxbuf */ "i32" /* int txbuf */],
    result: "i32",
  },
  /** `int nl_socket_get_fd(const struct nl_sock *sk)` */
  nl_socket_get_fd: { parameters: [POINTER_IN_STRUCT /* const struct nl_sock *sk */], result: "i32" },
  /** `int nl_sendto(struct nl_sock *sk, void *buf, size_t size)` */
  nl_sendto: {
    parameters: [POINTER_IN_STRUCT, /* struct nl_sock *sk */ "buffer", /* void *buf */ "usize" /* size_t size */],
    result: "i32",
  },
  /** `int recvmmsg(int fd, struct mmsghdr *messages, unsigned int count, int flags, struct timespec *timeout)` */
  recvmmsg: {
    parameters: [
      INT_IN_STRUCT, /* int fd */
      "buffer", /* struct mmsghdr *messages */
      "u32", /* unsigned int count */
      "i32", /* int flags */
      "pointer", /* struct timespec *timeout */
    ],
    result: "i32",
  },
  /** `int *__errno_location(void)` */
  __errno_location: { parameters: [POINTER_IN_STRUCT /* not taken */], result: "pointer" },
} as const satisfies Deno.ForeignLibraryInterface;

/** libnl's function for texts of errors. */
export const MESSAGE_SYMBOLS = {
  /** `const char *nl_geterror(int error)` */
  nl_geterror: { parameters: ["i32" /* int error */], result: "pointer" },
} as const satisfies Deno.ForeignLibraryInterface;

/** libc's function for filters of frames. */
export const FILTER_SYMBOLS = {
  /** `int setsockopt(int fd, int level, int name, const void *value, socklen_t length)` */
  setsockopt: {
    parameters: [
      "i32", /* int fd */
      "i32", /* int level */
      "i32", /* int name */
      "buffer", /* const void *value */
      "u32", /* socklen_t length */
    ],
    result: "i32",
  },
} as const satisfies Deno.ForeignLibraryInterface;

/** libc's functions for frames. */
export const PACKET_SYMBOLS = {
  /** `int socket(int domain, int type, int protocol)` */
  socket: { parameters: ["i32", /* int domain */ "i32", /* int type */ "i32" /* int protocol */], result: "i32" },
  /** `int bind(int fd, const struct sockaddr *addr, socklen_t length)` */
  bind: {
    parameters: ["i32", /* int fd */ "buffer", /* const struct sockaddr *addr */ "u32" /* socklen_t length */],
    result: "i32",
  },
  /** `ssize_t send(int fd, const void *buf, size_t size, int flags)` */
  send: {
    parameters: ["i32", /* int fd */ "buffer", /* const void *buf */ "usize", /* size_t size */ "i32" /* int flags */],
    result: "isize",
  },
  /** `ssize_t recv(int fd, void *buf, size_t size, int flags)` */
  recv: {
    parameters: ["i32", /* int fd */ "buffer", /* void *buf */ "usize", /* size_t size */ "i32" /* int flags */],
    result: "isize",
  },
  /** `int poll(struct pollfd *fds, nfds_t count, int timeout)`: milliseconds. */
  poll: {
    parameters: ["buffer", /* struct pollfd *fds */ "u64", /* nfds_t count */ "i32" /* int timeout */],
    result: "i32",
  },
  /** `int close(int fd)` */
  close: { parameters: ["i32" /* int fd */], result: "i32" },
  /** `int *__errno_location(void)` */
  __errno_location: { parameters: [], result: "pointer" },
} as const satisfies Deno.ForeignLibraryInterface;
