/**
 * Opens the real kernel: the one place that joins {@linkcode IpvsClient} with libnl.
 *
 * @module
 */

import { LvsctlError } from "../errors/mod.ts";
import { NetlinkSocket } from "../ffi/mod.ts";
import { type ModuleLoad, tryLoadModule } from "../host/mod.ts";
import { IPVS_GENL_NAME, IpvsClient, type OptionReader } from "../ipvs/mod.ts";
import { SystemOptions } from "./option_reader.ts";

/** The parts of a {@linkcode NetlinkSocket} that IPVS needs. */
export type FamilySocket = Pick<NetlinkSocket, "resolveFamily" | "send" | "receive" | "close" | typeof Symbol.dispose>;

/** Dependencies of {@linkcode openIpvs}; tests replace them. */
export interface OpenIpvsOptions {
  /** Opens the socket; libnl's by default. */
  readonly openSocket?: () => FamilySocket;
  /** Opens a socket for options when the first large table is read; the system's by default. */
  readonly openOptions?: () => OptionReader;
  /** Loads a kernel module; the kernel's own loader by default. */
  readonly load?: (module: string) => ModuleLoad;
}

/**
 * Connects to the kernel's IPVS. If the kernel does not have it yet, its module is loaded first.
 *
 * @throws {LvsctlError} If libnl is missing, the kernel gives no socket, or (kind `no-ipvs`) it has no IPVS.
 */
export function openIpvs(options: OpenIpvsOptions = {}): IpvsClient {
  const { openSocket = () => new NetlinkSocket(), openOptions = () => new SystemOptions(), load = tryLoadModule } =
    options;
  const socket = openSocket();
  try {
    const family = socket.resolveFamily(IPVS_GENL_NAME) ?? loadIpvs(socket, load);
    return new IpvsClient(socket, { family, openOptions });
  } catch (error) {
    socket.close();
    throw error;
  }
}

function loadIpvs(socket: FamilySocket, load: (module: string) => ModuleLoad): number {
  const { problem, output } = load("ip_vs");
  const family = socket.resolveFamily(IPVS_GENL_NAME);
  if (family !== undefined) return family;
  throw new LvsctlError(`this kernel has no IPVS${problem === "" ? "" : `, and ${problem}`}`, {
    kind: "no-ipvs",
    operation: "talk to the kernel",
    hint: output.includes("not found")
      ? "install the modules of this kernel; in a container, load ip_vs on the host"
      : 'load its module as root with "modprobe ip_vs"; in a container, load it on the host',
    programOutput: output,
  });
}
