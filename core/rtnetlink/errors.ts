import { LvsctlError } from "../errors/mod.ts";
import { addressFamily, describeVipChange, type VipChange } from "../model/mod.ts";
import { ERRNO, errnoName, KernelError, TransportError } from "../netlink/mod.ts";
import type { NewLink } from "./codec.ts";

/** The kernel refused a request about addresses or interfaces. */
export class RouteError extends LvsctlError {
  /** Class name, for debugging. */
  override name: string = "RouteError";
}

/** Reason and remedy. */
interface Explanation {
  readonly reason: string;
  readonly hint?: string | undefined;
}

/** Details of a request that an errno's meaning depends on. */
interface Subject {
  readonly device?: string;
  readonly isIpv6?: boolean;
  readonly isDeletion?: boolean;
}

function subjectOf(change: VipChange | undefined): Subject {
  if (change === undefined) return {};
  const { device, address } = change.vip;
  return { device, isIpv6: addressFamily(address) === "ipv6", isDeletion: change.operation === "deleteVip" };
}

function explain(errno: number, { device = "", isIpv6 = false, isDeletion = false }: Subject): Explanation {
  switch (errno) {
    case ERRNO.EPERM:
    case ERRNO.EACCES:
      return isIpv6 && errno === ERRNO.EACCES
        ? { reason: `IPv6 is off on ${device}`, hint: `set net.ipv6.conf.${device}.disable_ipv6 to 0` }
        : { reason: "permission denied", hint: "run as root (it needs CAP_NET_ADMIN)" };
    case ERRNO.EEXIST:
      return { reason: "the interface has this address already", hint: '"ip address show" shows it' };
    case ERRNO.EADDRNOTAVAIL:
      return isDeletion
        ? { reason: "the interface does not have it", hint: '"lvsctl vip list" shows where VIPs are' }
        : { reason: "the kernel does not accept it as an address of a host", hint: "give a unicast address" };
    case ERRNO.ENODEV:
      return { reason: `there is no interface ${device}`, hint: '"ip link" lists the interfaces' };
    case ERRNO.ENOBUFS:
    case ERRNO.ENOMEM:
      return { reason: "the kernel is out of memory" };
    case ERRNO.ECANCELED:
      return { reason: "not tried, because an earlier change failed" };
    default:
      return { reason: "the kernel refused" };
  }
}

/** The error of one change. */
export function vipError(change: VipChange, errno: number): RouteError {
  const { verb, object } = describeVipChange(change);
  const explanation = explain(errno, subjectOf(change));
  return new RouteError(explanation.reason, { operation: verb, object, ...details(errno, explanation) });
}

/** The error of a request about one interface. */
export function linkError(error: unknown, request: { readonly operation: string; readonly link: NewLink }): unknown {
  if (!(error instanceof KernelError) && !(error instanceof TransportError)) return error;
  const { errno } = error;
  const explanation = explainLink(errno, request.link);
  const { operation, link: { name: object } } = request;
  return new RouteError(explanation.reason, { operation, object, ...details(errno, explanation), cause: error });
}

/** Modules whose names differ from the kind of their interfaces. */
const LINK_MODULES: Readonly<Record<string, string>> = { ip6tnl: "ip6_tunnel", gre: "ip_gre", ip6gre: "ip6_gre" };

/** The module for interfaces of a kind: "ip_gre" for "gre". */
export function linkModule(kind: string): string {
  return LINK_MODULES[kind] ?? kind;
}

function explainLink(errno: number, { name, kind }: NewLink): Explanation {
  switch (errno) {
    case ERRNO.EEXIST:
      return { reason: "the interface exists already", hint: '"ip -d link" shows it' };
    case ERRNO.EOPNOTSUPP:
      return {
        reason: `this kernel has no interfaces of the kind ${kind}`,
        hint: `load their module as root with "modprobe ${linkModule(kind)}"; in a container, on the host`,
      };
    case ERRNO.EINVAL:
      return { reason: "the kernel refuses an interface of this name and kind" };
    default:
      return explain(errno, { device: name });
  }
}

/** The error of a failed request; an error that is not from netlink is returned unchanged. */
export function routeError(error: unknown, operation: string): unknown {
  if (!(error instanceof KernelError) && !(error instanceof TransportError)) return error;
  const { errno } = error;
  const explanation = explain(errno, {});
  return new RouteError(explanation.reason, { operation, ...details(errno, explanation), cause: error });
}

function details(
  errno: number,
  { hint }: Explanation,
): { readonly errno: string; readonly hint: string | undefined; readonly retriable: boolean } {
  const retriable = errno === ERRNO.EINTR || errno === ERRNO.ENOBUFS || errno === ERRNO.ENOMEM;
  return { errno: errnoName(errno), hint, retriable };
}
