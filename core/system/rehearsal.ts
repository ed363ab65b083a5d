/**
 * Opens an empty IPVS table of the real kernel, in a network namespace of its own.
 *
 * @module
 */

import { LvsctlError } from "../errors/mod.ts";
import { inNewNetwork, NetlinkSocket } from "../ffi/mod.ts";
import type { IpvsClient, OptionReader } from "../ipvs/mod.ts";
import { RouteClient } from "../rtnetlink/mod.ts";
import { openIpvs } from "./ipvs.ts";

/**
 * Creates a network namespace and connects to its IPVS, which has an empty table. Closing the client deletes the
 * namespace. The real table and the real interfaces are not touched.
 *
 * @throws {LvsctlError} Without permission, if libnl is missing, or if the kernel has no IPVS.
 */
export function openRehearsal(): IpvsClient {
  return inNewNetwork(() => {
    routeEverything();
    return openIpvs({ openOptions: () => NO_OPTIONS });
  });
}

/** In place of a socket for options, which would be opened later, and then in the real namespace. */
const NO_OPTIONS: OptionReader = { read: () => false, table: () => undefined, [Symbol.dispose]: () => {} };

/** The kernel accepts an IPv4 server only if its address has a route. */
function routeEverything(): void {
  using routes = new RouteClient(new NetlinkSocket("route"));
  const loopback = routes.links().find(({ isLoopback }) => isLoopback);
  if (loopback === undefined) {
    throw new LvsctlError("it has no loopback interface", { operation: "set up", object: "the network namespace" });
  }
  routes.setLinkState({ ...loopback, isUp: true });
  routes.addDefaultRoute(loopback);
}
