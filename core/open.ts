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
  const problem = loadKernelModule("ip_vs");
  const family = socket.resolveFamily(IPVS_GENL_NAME);
  if (family !== undefined) return family;
  throw new LvsctlError(`this kernel has no IPVS${problem === "" ? "" : `, and ${problem}`}`, {
    operation: "talk to the kernel",
    hint: 'load its module as root with "modprobe ip_vs"; in a container, load it on the host',
    exitCode: EXIT.refused,
  });
}

/** Loads a module; gives what stood in the way, or "". */
function loadKernelModule(module: string): string {
  let loader: string;
  try {
    loader = Deno.readTextFileSync(MODPROBE_PATH).trim() || "/sbin/modprobe";
  } catch {
    return "it cannot load modules";
  }
  try {
    const { success, stderr } = new Deno.Command(loader, { args: ["--", module], stdin: "null" }).outputSync();
    if (success) return "";
    const said = new TextDecoder().decode(stderr).trim().replaceAll(/\s*\n\s*/g, "; ");
    return `loading its module failed${said === "" ? "" : `: ${said}`}`;
  } catch {
    return `${loader} cannot be run`;
  }
}
