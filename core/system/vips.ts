/**
 * Opens the real kernel's addresses.
 *
 * @module
 */

import { NetlinkSocket, PacketSocket } from "../ffi/mod.ts";
import { readKernelFile } from "../files/mod.ts";
import { LvsctlError } from "../errors/mod.ts";
import { type LinkLayer, type OwnedVips, VipClient } from "../rtnetlink/mod.ts";
import { interfaceSysctl, readSysctl, writeSysctl } from "../host/mod.ts";

/**
 * Connects to the kernel's addresses.
 *
 * @param owned Record of lvsctl's own addresses, for kernels that do not store their owner.
 * @throws {LvsctlError} If libnl is missing, or the kernel gives no socket.
 */
export function openVips(owned: OwnedVips): VipClient {
  return new VipClient(new NetlinkSocket("route"), { layer: SYSTEM_LINK_LAYER, owned, promote: promoteSecondaries });
}

/** The machine's link layer. */
export const SYSTEM_LINK_LAYER: LinkLayer = {
  openPort: ({ index, name }, type) => new PacketSocket({ index, device: name, type }),
  isIpv6Router: (device) => {
    try {
      return readKernelFile(`/proc/sys/net/ipv6/conf/${device}/forwarding`).trim() === "1";
    } catch {
      return false;
    }
  },
  wait: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
  now: () => performance.now(),
};

/**
 * Sets promote_secondaries of interfaces until disposal, unless it is set for them or for all.
 *
 * @throws {LvsctlError} If it cannot be set.
 */
export function promoteSecondaries(devices: readonly string[]): Disposable {
  const names = devices.map((device) => interfaceSysctl("ipv4", { device, key: "promote_secondaries" }));
  const all = interfaceSysctl("ipv4", { device: "all", key: "promote_secondaries" });
  const set = readSysctl(all) === "0" ? names.filter((name) => readSysctl(name) === "0") : [];
  using undo = new DisposableStack();
  for (const name of set) {
    try {
      writeSysctl(name, "1");
    } catch (error) {
      if (!(error instanceof LvsctlError)) throw error;
      throw new LvsctlError(`the kernel would delete the other addresses of its subnet too, and ${error.reason}`, {
        operation: "delete an address of",
        object: devices.join(", "),
        errno: error.errno,
        hint: `set ${name} to 1 first, as root`,
        cause: error,
      });
    }
    undo.defer(() => restore(name));
  }
  return undo.move();
}

/** Ignores a failure, because the interface may have been deleted. */
function restore(name: string): void {
  try {
    writeSysctl(name, "0");
  } catch (error) {
    if (!(error instanceof LvsctlError)) throw error;
  }
}
