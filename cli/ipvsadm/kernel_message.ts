import type { IpvsError } from "../../core/ipvs/mod.ts";
import type { ChangeOperation } from "../../core/model/mod.ts";

/** ipvsadm's messages for an errno of one operation. */
const BY_OPERATION: Readonly<Partial<Record<ChangeOperation, Readonly<Record<string, string>>>>> = {
  addService: { EEXIST: "Service already exists", ENOENT: "Scheduler or persistence engine not found" },
  editService: { ESRCH: "No such service", ENOENT: "Scheduler or persistence engine not found" },
  deleteService: { ESRCH: "No such service" },
  zero: { ESRCH: "No such service" },
  addServer: { ESRCH: "Service not defined", EEXIST: "Destination already exists" },
  editServer: { ESRCH: "Service not defined", ENOENT: "No such destination" },
  deleteServer: { ESRCH: "Service not defined", ENOENT: "No such destination" },
  startSyncDaemon: { EEXIST: "Daemon has already run" },
  stopSyncDaemon: { ESRCH: "No daemon is running" },
};

/** ipvsadm's messages for an errno of every operation. */
const BY_ERRNO: Readonly<Record<string, string>> = {
  EPERM: "Permission denied (you must be root)",
  EINVAL: "Invalid operation.  Possibly wrong module version, address not unicast, ...",
  ENOPROTOOPT: "Protocol not available",
  ENOMEM: "Memory allocation problem",
  EOPNOTSUPP: "Operation not supported with IPv6",
  EAFNOSUPPORT: "Operation not supported with specified address family",
  EMSGSIZE: "Module is wrong version",
};

/** libc's messages (strerror) for the other errors of IPVS and netlink. */
const SYSTEM_MESSAGES: Readonly<Record<string, string>> = {
  ENOENT: "No such file or directory",
  ESRCH: "No such process",
  EINTR: "Interrupted system call",
  EIO: "Input/output error",
  ENXIO: "No such device or address",
  E2BIG: "Argument list too long",
  EBADF: "Bad file descriptor",
  EAGAIN: "Resource temporarily unavailable",
  EACCES: "Permission denied",
  EFAULT: "Bad address",
  EBUSY: "Device or resource busy",
  EEXIST: "File exists",
  ENODEV: "No such device",
  ENFILE: "Too many open files in system",
  EMFILE: "Too many open files",
  ENOSPC: "No space left on device",
  ERANGE: "Numerical result out of range",
  EPROTONOSUPPORT: "Protocol not supported",
  EADDRINUSE: "Address already in use",
  EADDRNOTAVAIL: "Cannot assign requested address",
  ENETDOWN: "Network is down",
  ENOBUFS: "No buffer space available",
};

/** ipvsadm's message for an error of the kernel; lvsctl's message if ipvsadm has none. */
export function kernelMessage(error: IpvsError, operation?: ChangeOperation): string {
  const { errno = "" } = error;
  const own = operation === undefined ? undefined : BY_OPERATION[operation]?.[errno];
  return own ?? BY_ERRNO[errno] ?? SYSTEM_MESSAGES[errno] ?? error.message;
}
