/**
 * Opens the real kernel: the one place that joins {@linkcode IpvsClient} with libnl.
 *
 * @module
 */

import { EXIT, LvsctlError } from "../errors/mod.ts";
import { NetlinkSocket } from "../ffi/mod.ts";
import { IPVS_GENL_NAME, IpvsClient } from "../ipvs/mod.ts";
import { loadModule } from "../host/mod.ts";

/**
 * Connects to the kernel's IPVS. Where the kernel does not have it yet, its module is asked for once.
 *
 * @throws {LvsctlError} If libnl or the module is missing, or the kernel gives no socket.
 */
export function openIpvs(): IpvsClient {
  const socket = new NetlinkSocket();
  try {
    const family = socket.resolveFamily(IPVS_GENL_NAME) ?? loadIpvs(socket);
    return new IpvsClient(socket, { family });
  } catch (error) {
    socket.close();
    throw error;
  }
}

function loadIpvs(socket: NetlinkSocket): number {
  const problem = loadModule("ip_vs");
  const family = socket.resolveFamily(IPVS_GENL_NAME);
  if (family !== undefined) return family;
  throw new LvsctlError(`this kernel has no IPVS${problem === "" ? "" : `, and ${problem}`}`, {
    operation: "talk to the kernel",
    hint: 'load its module as root with "modprobe ip_vs"; in a container, load it on the host',
    exitCode: EXIT.refused,
  });
}
