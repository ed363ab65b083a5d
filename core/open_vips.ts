/**
 * Opens the real kernel's addresses, for those who want them: other commands are spared the loading.
 *
 * @module
 */

import { PacketSocket } from "./ffi/packet_socket.ts";
import { NetlinkSocket } from "./ffi/mod.ts";
import { type LinkLayer, type OwnedVips, VipClient } from "./rtnetlink/mod.ts";

/**
 * Connects to the kernel's addresses.
 *
 * @param owned What lvsctl added, for kernels that do not keep it.
 * @throws {LvsctlError} If libnl is missing, or the kernel gives no socket.
 */
export function openVips(owned: OwnedVips): VipClient {
  return new VipClient(new NetlinkSocket("route"), { layer: SYSTEM, owned });
}

const SYSTEM: LinkLayer = {
  openPort: ({ index, name }, type) => new PacketSocket({ index, device: name, type }),
  isIpv6Router: (device) => {
    try {
      return Deno.readTextFileSync(`/proc/sys/net/ipv6/conf/${device}/forwarding`).trim() === "1";
    } catch {
      return false;
    }
  },
  wait: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
  now: () => performance.now(),
};
