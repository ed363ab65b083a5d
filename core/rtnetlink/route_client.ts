import type { IpAddress, VipChange } from "../model/mod.ts";
import { ERRNO, KernelError, type MessageWriter, NLM_F_CREATE, NLM_F_EXCL, type Transport } from "../netlink/mod.ts";
import {
  encodeAddition,
  encodeAddressRequest,
  encodeDeletion,
  encodeLink,
  encodeLinkRequest,
  encodeLinkState,
  encodeNewLink,
  encodeNewMacvlan,
  type Link,
  type ListedAddress,
  type NewLink,
  type NewMacvlan,
  readAddress,
  readLink,
} from "./codec.ts";
import { LVSCTL_ADDRESS_PROTOCOL, RTM } from "./constants.ts";
import { linkError, type RouteError, routeError, vipError } from "./errors.ts";
import { RouteConnection } from "./route_connection.ts";
import {
  encodeDefaultRoute,
  encodeNeighbourRequest,
  encodeRouteRequest,
  type LinkNeighbour,
  readNeighbour,
  readRoute,
  type Route,
} from "./routes.ts";

/** One message of a change: an edit is two. */
interface Step {
  readonly change: VipChange;
  /** Index of the change. */
  readonly changeIndex: number;
  readonly command: number;
  readonly vip: VipChange["vip"];
}

/**
 * Interfaces, addresses, routes and neighbours over routing netlink: one method for each of the kernel's commands, and
 * {@linkcode execute} for many changes at once.
 *
 * Every method throws {@linkcode RouteError} if the kernel refuses, and `NetlinkDecodeError` if its answer cannot be
 * read.
 */
export class RouteClient implements Disposable {
  readonly #connection: RouteConnection;

  /**
   * Connects over a transport; the client closes it.
   *
   * @param transport A routing-netlink socket.
   */
  constructor(transport: Transport) {
    this.#connection = new RouteConnection(transport);
  }

  /** RTM_GETLINK: all interfaces. */
  links(): Link[] {
    return this.#attempt("list the interfaces", () =>
      this.#connection.dump((writer) => {
        encodeLinkRequest(writer);
        return RTM.GETLINK;
      }, readLink));
  }

  /**
   * RTM_NEWLINK: creates an interface, which is down. The kernel loads its module.
   *
   * The fallback device of a kind of tunnel, such as tunl0, already exists once the module is loaded: then the errno is
   * EEXIST.
   */
  addLink(link: NewLink): void {
    this.#attemptOnLink({ operation: "create the interface", link }, () =>
      this.#connection.request((writer) => {
        encodeNewLink(writer, link);
        return RTM.NEWLINK;
      }, { flags: NLM_F_CREATE | NLM_F_EXCL }));
  }

  /** RTM_NEWLINK: creates an interface of kind macvlan, which is down. */
  addMacvlan(link: NewMacvlan): void {
    const named = { name: link.name, kind: "macvlan" };
    this.#attemptOnLink({ operation: "create the interface", link: named }, () =>
      this.#connection.request((writer) => {
        encodeNewMacvlan(writer, link);
        return RTM.NEWLINK;
      }, { flags: NLM_F_CREATE | NLM_F_EXCL }));
  }

  /** RTM_DELLINK: deletes an interface; a fallback device of the kernel stays, without an error. */
  deleteLink(link: Pick<Link, "name" | "index">): void {
    this.#attemptOnLink(
      { operation: "delete the interface", link: { name: link.name, kind: "" } },
      () =>
        this.#connection.request((writer) => {
          encodeLink(writer, link.index);
          return RTM.DELLINK;
        }),
    );
  }

  /** RTM_NEWLINK: brings an interface up or down. */
  setLinkState(link: Pick<Link, "name" | "index" | "isUp">): void {
    const operation = `bring ${link.isUp ? "up" : "down"} the interface`;
    this.#attemptOnLink({ operation, link: { name: link.name, kind: "" } }, () =>
      this.#connection.request((writer) => {
        encodeLinkState(writer, link);
        return RTM.NEWLINK;
      }));
  }

  /** RTM_GETADDR: the IPv4 and IPv6 addresses of all interfaces. */
  addresses(): ListedAddress[] {
    const addresses = this.#attempt("list the addresses", () =>
      this.#connection.dump((writer) => {
        encodeAddressRequest(writer);
        return RTM.GETADDR;
      }, readAddress));
    return addresses.filter((address) => address !== undefined);
  }

  /**
   * RTM_GETROUTE: the route of this machine's packets to an address. If the kernel has no route, or one that refuses
   * packets, the kind is `unreachable` and so on.
   */
  route(address: IpAddress): Route {
    return this.#attempt("look up a route", () => {
      try {
        const message = this.#connection.request((writer) => {
          encodeRouteRequest(writer, address);
          return RTM.GETROUTE;
        });
        return message === undefined ? { kind: "none" } : readRoute(message);
      } catch (error) {
        const kind = error instanceof KernelError ? REFUSING_ROUTES.get(error.errno) : undefined;
        if (kind === undefined) throw error;
        return { kind };
      }
    });
  }

  /** RTM_NEWROUTE: adds the default route of IPv4 by an interface. */
  addDefaultRoute(link: Pick<Link, "name" | "index">): void {
    this.#attemptOnLink(
      { operation: "add the default route by", link: { name: link.name, kind: "" } },
      () =>
        this.#connection.request((writer) => {
          encodeDefaultRoute(writer, link.index);
          return RTM.NEWROUTE;
        }, { flags: NLM_F_CREATE }),
    );
  }

  /** RTM_GETNEIGH: the hosts on the links in the kernel's neighbour table. */
  neighbours(): LinkNeighbour[] {
    const neighbours = this.#attempt("list the neighbours", () =>
      this.#connection.dump((writer) => {
        encodeNeighbourRequest(writer);
        return RTM.GETNEIGH;
      }, readNeighbour));
    return neighbours.filter((neighbour) => neighbour !== undefined);
  }

  /**
   * RTM_NEWADDR and RTM_DELADDR: runs changes in order, in few system calls.
   *
   * @param changes The changes.
   * @param options.links The interfaces, for their numbers.
   * @param options.protocol Mark of the added addresses (IFA_PROTO).
   * @returns The errors of the failed changes, by index.
   */
  execute(
    changes: readonly VipChange[],
    { links, protocol = LVSCTL_ADDRESS_PROTOCOL }: { readonly links: readonly Link[]; readonly protocol?: number },
  ): Map<number, RouteError> {
    const indexes = new Map(links.map(({ name, index }) => [name, index]));
    const errors = new Map<number, RouteError>();
    const steps = changes.flatMap((change, changeIndex): Step[] => {
      if (indexes.has(change.vip.device)) return stepsOf(change, changeIndex);
      errors.set(changeIndex, vipError(change, ERRNO.ENODEV));
      return [];
    });
    const encode = (writer: MessageWriter, { command, vip }: Step): number => {
      const placed = { vip, index: indexes.get(vip.device) ?? 0 };
      if (command === RTM.NEWADDR) encodeAddition(writer, { ...placed, protocol });
      else encodeDeletion(writer, placed);
      return command;
    };
    const errnos = this.#attempt("change the addresses", () => this.#connection.batch(steps, encode));
    for (const [index, { change, changeIndex }] of steps.entries()) {
      const errno = errnos[index] ?? 0;
      if (errno !== 0 && !errors.has(changeIndex)) errors.set(changeIndex, vipError(change, errno));
    }
    return errors;
  }

  /** Closes the connection. */
  close(): void {
    this.#connection.close();
  }

  /** Closes the connection. */
  [Symbol.dispose](): void {
    this.close();
  }

  /** Runs a request about an interface, and converts its failure to a {@linkcode RouteError}. */
  #attemptOnLink(request: { readonly operation: string; readonly link: NewLink }, run: () => void): void {
    try {
      run();
    } catch (error) {
      throw linkError(error, request);
    }
  }

  /** Runs a request, and converts its failure to a {@linkcode RouteError}. */
  #attempt<T>(operation: string, run: () => T): T {
    try {
      return run();
    } catch (error) {
      throw routeError(error, operation);
    }
  }
}

/** The kernel's errnos for a missing route, or one that discards packets. */
const REFUSING_ROUTES: ReadonlyMap<number, Route["kind"]> = new Map([
  [ERRNO.ENETUNREACH, "unreachable"],
  [ERRNO.EHOSTUNREACH, "unreachable"],
  [ERRNO.EACCES, "prohibit"],
  [ERRNO.EINVAL, "blackhole"],
]);

/** The label and scope of an address cannot be changed, so that an edit replaces the address. */
function stepsOf(change: VipChange, changeIndex: number): Step[] {
  const add = { change, changeIndex, command: RTM.NEWADDR, vip: change.vip };
  if (change.operation === "addVip") return [add];
  const vip = change.operation === "editVip" ? change.from : change.vip;
  const remove = { change, changeIndex, command: RTM.DELADDR, vip };
  return change.operation === "editVip" ? [remove, add] : [remove];
}
