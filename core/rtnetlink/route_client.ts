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
  type Link,
  type ListedAddress,
  type NewLink,
  readAddress,
  readLink,
} from "./codec.ts";
import { LVSCTL_ADDRESS_PROTOCOL, RTM } from "./constants.ts";
import { linkError, type RouteError, routeError, vipError } from "./errors.ts";
import { RouteConnection } from "./route_connection.ts";
import {
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
  readonly of: number;
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
   * Talks over a transport, and closes it when it is closed itself.
   *
   * @param transport A routing-netlink socket.
   */
  constructor(transport: Transport) {
    this.#connection = new RouteConnection(transport);
  }

  /** RTM_GETLINK: all interfaces. */
  links(): Link[] {
    return this.#asking("list the interfaces", () =>
      this.#connection.dump((writer) => {
        encodeLinkRequest(writer);
        return RTM.GETLINK;
      }, readLink));
  }

  /**
   * RTM_NEWLINK: makes an interface, which is down. The kernel loads the module that it needs.
   *
   * The fallback device of a kind of tunnel, as tunl0, is there by itself once the module is: then it is EEXIST.
   */
  addLink(link: NewLink): void {
    this.#askingAbout({ operation: "make the interface", link }, () =>
      this.#connection.request((writer) => {
        encodeNewLink(writer, link);
        return RTM.NEWLINK;
      }, { flags: NLM_F_CREATE | NLM_F_EXCL }));
  }

  /** RTM_DELLINK: deletes an interface; one that the kernel made by itself stays, without an error. */
  deleteLink(link: Pick<Link, "name" | "index">): void {
    this.#askingAbout(
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
    this.#askingAbout({ operation, link: { name: link.name, kind: "" } }, () =>
      this.#connection.request((writer) => {
        encodeLinkState(writer, link);
        return RTM.NEWLINK;
      }));
  }

  /** RTM_GETADDR: the IPv4 and IPv6 addresses of all interfaces. */
  addresses(): ListedAddress[] {
    const found = this.#asking("list the addresses", () =>
      this.#connection.dump((writer) => {
        encodeAddressRequest(writer);
        return RTM.GETADDR;
      }, readAddress));
    return found.filter((address) => address !== undefined);
  }

  /**
   * RTM_GETROUTE: how packets of ours go to an address. Those that the kernel has no route for, or a route that refuses
   * them, are `unreachable` and so on.
   */
  route(address: IpAddress): Route {
    return this.#asking("look up a route", () => {
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

  /** RTM_GETNEIGH: the hosts on the links that the kernel knows, or has looked for. */
  neighbours(): LinkNeighbour[] {
    const found = this.#asking("list the neighbours", () =>
      this.#connection.dump((writer) => {
        encodeNeighbourRequest(writer);
        return RTM.GETNEIGH;
      }, readNeighbour));
    return found.filter((neighbour) => neighbour !== undefined);
  }

  /**
   * RTM_NEWADDR and RTM_DELADDR: makes changes in order, in few system calls.
   *
   * @param changes The changes.
   * @param options.links The interfaces, by which their names become numbers.
   * @param options.protocol Who adds them (IFA_PROTO).
   * @returns The errors of those that failed, by their index.
   */
  execute(
    changes: readonly VipChange[],
    { links, protocol = LVSCTL_ADDRESS_PROTOCOL }: { readonly links: readonly Link[]; readonly protocol?: number },
  ): Map<number, RouteError> {
    const indexes = new Map(links.map(({ name, index }) => [name, index]));
    const errors = new Map<number, RouteError>();
    const steps = changes.flatMap((change, of): Step[] => {
      if (indexes.has(change.vip.device)) return stepsOf(change, of);
      errors.set(of, vipError(change, ERRNO.ENODEV));
      return [];
    });
    const encode = (writer: MessageWriter, { command, vip }: Step): number => {
      const placed = { vip, index: indexes.get(vip.device) ?? 0 };
      if (command === RTM.NEWADDR) encodeAddition(writer, { ...placed, protocol });
      else encodeDeletion(writer, placed);
      return command;
    };
    const errnos = this.#asking("change the addresses", () => this.#connection.batch(steps, encode));
    for (const [at, { change, of }] of steps.entries()) {
      const errno = errnos[at] ?? 0;
      if (errno !== 0 && !errors.has(of)) errors.set(of, vipError(change, errno));
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

  #askingAbout(about: { readonly operation: string; readonly link: NewLink }, ask: () => void): void {
    try {
      ask();
    } catch (error) {
      throw linkError(error, about);
    }
  }

  #asking<T>(operation: string, ask: () => T): T {
    try {
      return ask();
    } catch (error) {
      throw routeError(error, operation);
    }
  }
}

/** The errors by which the kernel answers that there is no way, or one on which it drops packets. */
const REFUSING_ROUTES: ReadonlyMap<number, Route["kind"]> = new Map([
  [ERRNO.ENETUNREACH, "unreachable"],
  [ERRNO.EHOSTUNREACH, "unreachable"],
  [ERRNO.EACCES, "prohibit"],
  [ERRNO.EINVAL, "blackhole"],
]);

/** An address keeps its label and scope for life, so another one has to take its place. */
function stepsOf(change: VipChange, of: number): Step[] {
  const add = { change, of, command: RTM.NEWADDR, vip: change.vip };
  if (change.operation === "addVip") return [add];
  const vip = change.operation === "editVip" ? change.from : change.vip;
  const remove = { change, of, command: RTM.DELADDR, vip };
  return change.operation === "editVip" ? [remove, add] : [remove];
}
