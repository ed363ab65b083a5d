/**
 * Opens the real kernel: the one place that joins {@linkcode IpvsClient} with libnl.
 *
 * @module
 */

import { EXIT, LvsctlError } from "./errors/mod.ts";
import { NetlinkSocket } from "./ffi/mod.ts";
import { IPVS_GENL_NAME, IpvsClient } from "./ipvs/mod.ts";

/** The kernel names its own module loader here; it is /sbin/modprobe nearly everywhere. */
const MODPROBE_PATH = "/proc/sys/kernel/modprobe";

/**
 * Connects to the kernel's IPVS. Where the kernel does not have it yet, its module is asked for once.
 *
 * @throws {LvsctlError} If libnl or the module is missing, or the kernel gives no socket.
 */
export function openIpvs(): IpvsClient {
  const socket = new NetlinkSocket();
  try {
    const family = socket.resolveFamily(IPVS_GENL_NAME) ?? loadModule(socket);
    return new IpvsClient(socket, { family });
  } catch (error) {
    socket.close();
    throw error;
  }
}

function loadModule(socket: NetlinkSocket): number {
  const said = modprobe("ip_vs");
  const family = socket.resolveFamily(IPVS_GENL_NAME);
  if (family !== undefined) return family;
  throw new LvsctlError(`this kernel has no IPVS${said === "" ? "" : `: ${said}`}`, {
    operation: "talk to the kernel",
    hint: 'load its module as root with "modprobe ip_vs"; in a container, load it on the host',
    exitCode: EXIT.refused,
  });
}

/** Loads a module; gives what modprobe complained of, on one line. */
function modprobe(module: string): string {
  try {
    const loader = Deno.readTextFileSync(MODPROBE_PATH).trim() || "/sbin/modprobe";
    const { success, stderr } = new Deno.Command(loader, { args: ["--", module], stdin: "null" }).outputSync();
    return success ? "" : new TextDecoder().decode(stderr).trim().replaceAll(/\s*\n\s*/g, "; ");
  } catch (error) {
    return `modprobe cannot be run (${error instanceof Error ? error.message : String(error)})`;
  }
}
