import { PACKET_SYMBOLS } from "./symbols.ts";

/** libc's functions for raw IP sockets, and for a loop that waits in `poll`. */
export const RAW_SYMBOLS = {
  socket: PACKET_SYMBOLS.socket,
  bind: PACKET_SYMBOLS.bind,
  recv: PACKET_SYMBOLS.recv,
  poll: PACKET_SYMBOLS.poll,
  close: PACKET_SYMBOLS.close,
  __errno_location: PACKET_SYMBOLS.__errno_location,
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
  /** `ssize_t sendto(int fd, const void *buf, size_t size, int flags, const struct sockaddr *to, socklen_t length)` */
  sendto: {
    parameters: [
      "i32", /* int fd */
      "buffer", /* const void *buf */
      "usize", /* size_t size */
      "i32", /* int flags */
      "buffer", /* const struct sockaddr *to */
      "u32", /* socklen_t length */
    ],
    result: "isize",
  },
  /** `ssize_t recvmsg(int fd, struct msghdr *message, int flags)` */
  recvmsg: {
    parameters: ["i32", /* int fd */ "buffer", /* struct msghdr *message */ "i32" /* int flags */],
    result: "isize",
  },
  /** `int listen(int fd, int backlog)` */
  listen: { parameters: ["i32", /* int fd */ "i32" /* int backlog */], result: "i32" },
  /** `int accept4(int fd, struct sockaddr *from, socklen_t *length, int flags)` */
  accept4: {
    parameters: [
      "i32", /* int fd */
      "pointer", /* struct sockaddr *from */
      "pointer", /* socklen_t *length */
      "i32", /* int flags */
    ],
    result: "i32",
  },
  /** `int ioctl(int fd, unsigned long request, void *argument)` */
  ioctl: {
    parameters: ["i32", /* int fd */ "u64", /* unsigned long request */ "buffer" /* void *argument */],
    result: "i32",
  },
  /** `ssize_t read(int fd, void *buf, size_t size)` */
  read: {
    parameters: ["i32", /* int fd */ "buffer", /* void *buf */ "usize" /* size_t size */],
    result: "isize",
  },
  /** `ssize_t write(int fd, const void *buf, size_t size)` */
  write: {
    parameters: ["i32", /* int fd */ "buffer", /* const void *buf */ "usize" /* size_t size */],
    result: "isize",
  },
} as const satisfies Deno.ForeignLibraryInterface;
