import { LvsctlError } from "../errors/mod.ts";
import { addressFamily, describeVipChange, type VipChange } from "../model/mod.ts";
import { ERRNO, errnoName, KernelError, TransportError } from "../netlink/mod.ts";

/** The kernel refused a request about addresses or interfaces. */
export class RouteError extends LvsctlError {
  /** Class name, for debugging. */
  override name: string = "RouteError";
}

/** Why, and what to do about it. */
interface Explanation {
  readonly reason: string;
  readonly hint?: string;
}

function explain(errno: number, change: VipChange | undefined): Explanation {
  const device = change?.vip.device ?? "";
  switch (errno) {
    case ERRNO.EPERM:
    case ERRNO.EACCES:
      return change !== undefined && addressFamily(change.vip.address) === "ipv6" && errno === ERRNO.EACCES
        ? { reason: `IPv6 is off on ${device}`, hint: `set net.ipv6.conf.${device}.disable_ipv6 to 0` }
        : { reason: "not permitted", hint: "run it as root (it needs CAP_NET_ADMIN)" };
    case ERRNO.EEXIST:
      return { reason: "the interface has this address already", hint: '"ip address show" tells who added it' };
    case ERRNO.EADDRNOTAVAIL:
      return change?.operation === "deleteVip"
        ? { reason: "the interface does not have it", hint: '"lvsctl vip list" shows where VIPs are' }
        : { reason: "the kernel takes it for no address of a host", hint: "give a unicast address" };
    case ERRNO.ENODEV:
      return { reason: `there is no interface ${device}`, hint: '"ip link" lists the interfaces' };
    case ERRNO.ENOBUFS:
    case ERRNO.ENOMEM:
      return { reason: "the kernel is out of memory" };
    case ERRNO.ECANCELED:
      return { reason: "not tried, because of the error before" };
    default:
      return { reason: "the kernel refused" };
  }
}

/** The error of one change. */
export function vipError(change: VipChange, errno: number): RouteError {
  const { verb, object } = describeVipChange(change);
  return new RouteError(explainedReason(errno, change), { operation: verb, object, ...details(errno, change) });
}

/** The error of a request that failed, told as ours; what is no failure of netlink's is given back as it is. */
export function routeError(error: unknown, operation: string): unknown {
  if (!(error instanceof KernelError) && !(error instanceof TransportError)) return error;
  const { errno } = error;
  return new RouteError(explainedReason(errno, undefined), { operation, ...details(errno, undefined), cause: error });
}

function explainedReason(errno: number, change: VipChange | undefined): string {
  return explain(errno, change).reason;
}

function details(
  errno: number,
  change: VipChange | undefined,
): { readonly errno: string; readonly hint?: string; readonly retriable: boolean } {
  const { hint } = explain(errno, change);
  const retriable = errno === ERRNO.EINTR || errno === ERRNO.ENOBUFS || errno === ERRNO.ENOMEM;
  return { errno: errnoName(errno), ...(hint === undefined ? {} : { hint }), retriable };
}
