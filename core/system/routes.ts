/**
 * Opens the real kernel's interfaces and routes.
 *
 * @module
 */

import { NetlinkSocket } from "../ffi/mod.ts";
import { RouteClient } from "../rtnetlink/mod.ts";

/**
 * Connects to the kernel's interfaces and routes.
 *
 * @throws {LvsctlError} If libnl is missing, or the kernel gives no socket.
 */
export function openRoutes(): RouteClient {
  return new RouteClient(new NetlinkSocket("route"));
}
