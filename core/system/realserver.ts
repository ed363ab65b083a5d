/**
 * Opens the real kernel for setting up a real server.
 *
 * @module
 */

import { NetlinkSocket } from "../ffi/mod.ts";
import { FOU_GENL_NAME, FouClient } from "../fou/mod.ts";
import { loadModule } from "../host/mod.ts";
import { KernelMachine } from "../realserver/mod.ts";
import { RouteClient } from "../rtnetlink/mod.ts";

/**
 * Connects to the kernel of this machine.
 *
 * @throws {LvsctlError} If libnl is missing, or the kernel gives no socket.
 */
export function openRealServer(): KernelMachine {
  return new KernelMachine({
    routes: new RouteClient(new NetlinkSocket("route")),
    openFou,
    loadModule,
  });
}

function openFou(): FouClient | undefined {
  const socket = new NetlinkSocket();
  try {
    const family = socket.resolveFamily(FOU_GENL_NAME);
    if (family !== undefined) return new FouClient(socket, { family });
  } catch (error) {
    socket.close();
    throw error;
  }
  socket.close();
  return undefined;
}
