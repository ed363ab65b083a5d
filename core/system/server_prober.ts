/**
 * Opens the real kernel's interfaces for questions to real servers.
 *
 * @module
 */

import { attachFilter, NetlinkSocket, PacketSocket } from "../ffi/mod.ts";
import { type PacketLayer, ServerProber } from "../rtnetlink/mod.ts";

/**
 * Opens what asks real servers whether they answer for VIPs.
 *
 * @throws {LvsctlError} If libnl is missing, or the kernel gives no socket.
 */
export function openServerProber(): ServerProber {
  return new ServerProber(new NetlinkSocket("route"), SYSTEM);
}

const SYSTEM: PacketLayer = {
  openPort: ({ index, name }, { type, filter }) =>
    new PacketSocket({ index, device: name, type, prepare: (descriptor) => attachFilter(descriptor, filter) }),
  now: () => performance.now(),
  random: () => Math.random(),
};
