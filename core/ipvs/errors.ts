import { LvsctlError } from "../errors/mod.ts";
import {
  addressFamily,
  type Change,
  type ChangeOperation,
  describeChange,
  formatServerId,
  formatServiceId,
  nearest,
  SCHEDULERS,
  serviceFamily,
  type ServiceId,
  type VirtualService,
} from "../model/mod.ts";
import { ERRNO, errnoName, KernelError, TransportError } from "../netlink/mod.ts";

/** The kernel refused an IPVS request. */
export class IpvsError extends LvsctlError {
  /** Class name, for debugging. */
  override name: string = "IpvsError";
}

/** Characters of a scheduler's name (IP_VS_SCHEDNAME_MAXLEN, less the NUL). */
const MAX_SCHEDULER_NAME = 15;

/** Reason and remedy. */
interface Explanation {
  readonly reason: string;
  readonly hint?: string | undefined;
}

type Explain = (change: Change) => Explanation;

const NO_SUCH_SERVICE = {
  reason: "there is no such virtual service",
  hint: '"lvsctl list" shows the existing ones',
} as const;

function noService(): Explanation {
  return NO_SUCH_SERVICE;
}

function noParent(change: Change): Explanation {
  return {
    reason: "its virtual service does not exist",
    hint: "id" in change && change.id !== undefined
      ? `add it with "lvsctl service add ${formatServiceId(change.id)}"`
      : '"lvsctl list" shows the existing ones',
  };
}

function noServer(change: Change): Explanation {
  return {
    reason: "the virtual service has no such real server",
    hint: "id" in change && change.id !== undefined
      ? `"lvsctl server list ${formatServiceId(change.id)}" shows its servers`
      : '"lvsctl list" shows the existing ones',
  };
}

function noScheduler(change: Change): Explanation {
  if (!("service" in change)) return { reason: "no such scheduler" };
  const { scheduler, persistence } = change.service;
  const engine = persistence?.engine;
  // A module of a scheduler that Linux has may be missing.
  const guess = SCHEDULERS.includes(scheduler) ? undefined : nearest(scheduler, SCHEDULERS);
  return {
    reason: engine === undefined
      ? `the kernel has no scheduler "${scheduler}"`
      : `the kernel has no scheduler "${scheduler}" or no persistence engine "${engine}"`,
    hint: engine === undefined
      ? guess === undefined
        ? `check its name (rr, wrr, lc, wlc, sh, mh ...) or load its module: modprobe ip_vs_${scheduler}`
        : `did you mean "${guess}"? If not, load its module: modprobe ip_vs_${scheduler}`
      : `check their names or load their modules: modprobe ip_vs_${scheduler}, modprobe ip_vs_pe_${engine}`,
  };
}

function outOfRange(change: Change): Explanation {
  if (change.operation !== "addServer" && change.operation !== "editServer") {
    return { reason: "a number is out of range" };
  }
  const { lowerThreshold, upperThreshold, weight } = change.server;
  return lowerThreshold > upperThreshold
    ? {
      reason: `its lower threshold ${lowerThreshold} is above its upper threshold ${upperThreshold}`,
      hint: "give an upper threshold that is at least as large",
    }
    : { reason: `the weight ${weight} is out of range`, hint: "a weight is a number from 0 to 2147483647" };
}

/** The kernel answers EINVAL for many faults: this is the likeliest one in the request. */
function invalid(change: Change): Explanation {
  if (change.operation === "addService" || change.operation === "editService") return invalidService(change.service);
  if (change.operation === "addServer" || change.operation === "editServer") {
    const { server, id } = change;
    if (server.tunnel.type === "gue" && server.tunnel.port === 0) {
      return { reason: "a gue tunnel needs a port", hint: "give its UDP port with --tunnel-port" };
    }
    if (addressFamily(server.address) !== serviceFamily(id)) {
      return server.forward === "tun"
        ? {
          reason: "its address family differs from the virtual service's while a sync daemon runs",
          hint: "stop the sync daemons, or use addresses of one family",
        }
        : {
          reason: "its address family differs from the virtual service's",
          hint: "only the forwarding method tun can mix IPv4 and IPv6",
        };
    }
    return {
      reason: `${server.address} is not a unicast address that the kernel can reach`,
      hint: "give the address of a host: not broadcast, multicast or another's link-local address",
    };
  }
  if (change.operation === "startSyncDaemon") {
    return {
      reason: "the kernel refuses these settings",
      hint: "the group must be a multicast address, and no service may mix IPv4 and IPv6 servers",
    };
  }
  if (change.operation === "setTimeouts") {
    return {
      reason: "a timeout is longer than this kernel can hold",
      // 2^31 ticks of the fastest clock that kernels are built with, 1000 Hz.
      hint: "every kernel accepts up to 24 days (2073600 s)",
    };
  }
  return { reason: "the kernel refuses these values", hint: "the kernel's log may say why: dmesg | tail" };
}

function invalidService({ id, scheduler, persistence }: VirtualService): Explanation {
  if (scheduler.length > MAX_SCHEDULER_NAME) {
    return {
      reason: `"${scheduler}" is too long for the name of a scheduler`,
      hint: `the kernel takes up to ${MAX_SCHEDULER_NAME} characters`,
    };
  }
  if (
    serviceFamily(id) === "ipv6" && persistence !== undefined &&
    !(persistence.netmask >= 1 && persistence.netmask <= 128)
  ) {
    return {
      reason: `the persistence prefix length ${persistence.netmask} is out of range`,
      hint: "for IPv6 it is a number from 1 to 128",
    };
  }
  return { reason: "the kernel refuses these values", hint: "the kernel's log may say why: dmesg | tail" };
}

const BY_OPERATION: Readonly<Partial<Record<ChangeOperation, Readonly<Record<number, Explain>>>>> = {
  addService: {
    [ERRNO.EEXIST]: (change) => ({
      reason: "it exists already",
      hint: `change it with "lvsctl service edit ${describeChange(change).object}"`,
    }),
    [ERRNO.ENOENT]: noScheduler,
  },
  editService: { [ERRNO.ESRCH]: noService, [ERRNO.ENOENT]: noScheduler },
  deleteService: { [ERRNO.ESRCH]: noService },
  zero: { [ERRNO.ESRCH]: noService },
  addServer: {
    [ERRNO.ESRCH]: noParent,
    [ERRNO.EEXIST]: (change) => ({
      reason: "the virtual service has it already",
      hint: change.operation === "addServer"
        ? `change it with "lvsctl server edit ${formatServiceId(change.id)} ${formatServerId(change.server)}"`
        : 'change it with "lvsctl server edit"',
    }),
  },
  editServer: { [ERRNO.ESRCH]: noParent, [ERRNO.ENOENT]: noServer },
  deleteServer: { [ERRNO.ESRCH]: noParent, [ERRNO.ENOENT]: noServer },
  startSyncDaemon: {
    [ERRNO.EEXIST]: () => ({ reason: "it runs already", hint: "stop it first to change its settings" }),
    [ERRNO.ENODEV]: (change) => ({
      reason: `there is no interface "${change.operation === "startSyncDaemon" ? change.daemon.interface : ""}"`,
      hint: '"ip link" shows the existing ones',
    }),
    [ERRNO.ENETUNREACH]: () => ({
      reason: "the interface has no route to the multicast group",
      hint: "give the interface an address of the group's family",
    }),
  },
  stopSyncDaemon: { [ERRNO.ESRCH]: () => ({ reason: "it does not run" }) },
};

const ANY_OPERATION: Readonly<Record<number, Explain>> = {
  [ERRNO.EPERM]: () => ({ reason: "permission denied", hint: "run lvsctl as root (it needs CAP_NET_ADMIN)" }),
  [ERRNO.EINVAL]: invalid,
  [ERRNO.ERANGE]: outOfRange,
  [ERRNO.ENOMEM]: () => ({ reason: "the kernel is out of memory" }),
  [ERRNO.EAFNOSUPPORT]: () => ({
    reason: "the kernel's IPVS has no IPv6",
    hint: "load the module ipv6, or use a kernel built with CONFIG_IP_VS_IPV6",
  }),
  [ERRNO.ECANCELED]: () => ({ reason: "not tried, because an earlier change failed" }),
};

/** Explains why the kernel refused a change with an errno. */
export function changeError(change: Change, errno: number): IpvsError {
  const { verb, object } = describeChange(change);
  const explain = BY_OPERATION[change.operation]?.[errno] ?? ANY_OPERATION[errno];
  const { reason, hint } = explain?.(change) ?? { reason: "the kernel refused", hint: undefined };
  return new IpvsError(reason, {
    operation: verb,
    object,
    errno: errnoName(errno),
    hint,
  });
}

/**
 * Explains why a request failed.
 *
 * @param error The thrown value; one that is not from netlink is returned unchanged.
 * @param request.operation The failed operation: "list the virtual services".
 * @param request.object Its object, if any.
 */
export function requestError(
  error: unknown,
  { operation, object }: { readonly operation: string; readonly object?: string | undefined },
): unknown {
  if (error instanceof KernelError) {
    const explained: Explanation = error.errno === ERRNO.EPERM
      ? { reason: "permission denied", hint: "run lvsctl as root (it needs CAP_NET_ADMIN)" }
      : error.errno === ERRNO.ESRCH
      ? NO_SUCH_SERVICE
      : error.errno === ERRNO.EINTR
      ? { reason: "the table changed during every attempt", hint: "stop the program that changes it, or try again" }
      : { reason: "the kernel refused" };
    return new IpvsError(explained.reason, {
      operation,
      object,
      errno: errnoName(error.errno),
      hint: explained.hint,
      retriable: error.errno === ERRNO.EINTR,
      cause: error,
    });
  }
  if (error instanceof TransportError) {
    return new IpvsError("the netlink socket failed, and answers of the kernel may be lost", {
      operation,
      object,
      errno: errnoName(error.errno),
      hint: 'look at the table before you continue: "lvsctl list"',
      retriable: true,
      cause: error,
    });
  }
  return error;
}

/**
 * The error for a service that does not exist, in a request that is not a change.
 *
 * @param id The service.
 * @param operation The failed operation: "show virtual service".
 */
export function noSuchService(id: ServiceId, operation: string): IpvsError {
  const { reason, hint } = NO_SUCH_SERVICE;
  return new IpvsError(reason, { operation, object: formatServiceId(id), errno: errnoName(ERRNO.ESRCH), hint });
}
